"""`claimwire decode`."""

from collections import Counter

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.reading import described, reads_files, report
from pipeline.producers import files
from pipeline.records import Article
from pipeline.wire.codec import encode


@click.command(epilog="Example: claimwire decode --format ninjs wire/ | jq .headline")
@reads_files
@click.option("--summary", is_flag=True, help="Print how many items ended how, instead of the items.")
@pass_invocation
def decode(invocation: Invocation, paths: tuple[str, ...], format: str | None, summary: bool) -> None:
    """Print the articles that files hold, as JSON lines.

    PATH is a file, a folder, a quoted pattern, or - for standard input; gzip and zstd are unpacked. Standard output
    gets one canonical article per line; standard error one line of JSON for each item that was skipped or refused, with
    its reason. Neither is a failure.
    """
    limits = invocation.settings.limits
    output = click.get_binary_stream("stdout")
    ends: Counter[tuple[str, str]] = Counter()
    for file in files.find(paths):
        for outcome in files.read(file, format=format, limits=limits):
            if summary:
                ends["article", ""] += isinstance(outcome, Article)
                if not isinstance(outcome, Article):
                    ends[described(outcome)[:2]] += 1
            elif isinstance(outcome, Article):
                output.write(encode(outcome) + b"\n")
            else:
                report(file.path, outcome)
        output.flush()
    for (end, reason), count in sorted(ends.items(), key=lambda row: (row[0][0], -row[1], row[0][1])):
        click.echo(f"{end:<8}  {reason:<16}  {count:>9,}")
