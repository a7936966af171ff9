"""`claimwire annotate`."""

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.reading import reads_files, report
from pipeline.errors import ArticleRefused
from pipeline.producers import files
from pipeline.records import Article
from pipeline.wire.codec import encode


@click.command(epilog="Example: claimwire annotate story.txt | jq '.claims[].content.text'")
@reads_files
@pass_invocation
def annotate(invocation: Invocation, paths: tuple[str, ...], format: str | None) -> None:
    """Annotate files without Kafka: entities, claims and stances as JSON lines.

    PATH is a file, a folder, a quoted pattern, or - for standard input. Standard output gets one annotated article per
    line, its claims inside; standard error one line of JSON for each item that was skipped or refused. Exit code 1 if
    any was refused.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from pipeline.language import Model

    settings = invocation.settings
    found = files.find(paths)
    model = Model.load(settings.language)
    output = click.get_binary_stream("stdout")
    total = sum(file.size or 0 for file in found) if all(file.size is not None for file in found) else None
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    # On a terminal that shows the records themselves a bar would only be in their way.
    hidden = not click.get_text_stream("stderr").isatty() or click.get_text_stream("stdout").isatty()
    refused = 0
    with Progress(*columns, console=Console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task("annotating", total=total)
        for file in found:
            outcomes = files.read(
                file, format=format, limits=settings.limits, progress=lambda size: progress.advance(task, size)
            )
            for outcome in outcomes:
                if isinstance(outcome, Article):
                    (annotated,) = model.annotate([outcome])
                    output.write(encode(annotated) + b"\n")
                    output.flush()
                else:
                    refused += isinstance(outcome, ArticleRefused)
                    report(file.path, outcome)
    if refused:
        raise click.exceptions.Exit(1)
