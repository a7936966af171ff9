"""`claimwire ingest`."""

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.progress import reading
from pipeline.cli.reading import reads_files, report
from pipeline.cli.signals import sigterm_interrupts
from pipeline.producers import files
from pipeline.producers.ingest import Ingest
from pipeline.wire import tracing


@click.command(epilog="Example: claimwire ingest archive/ stories.jsonl.gz; cat story.txt | claimwire ingest -")
@reads_files
@pass_invocation
@click.pass_context
def ingest(ctx: click.Context, invocation: Invocation, paths: tuple[str, ...], format: str | None) -> None:
    """Send articles from files, folders or standard input.

    PATH is a file, a folder, a quoted pattern, or - for standard input; gzip and zstd are unpacked. Standard error gets
    one line of JSON for each item that was skipped or refused, with its path and reason; the others go on. An article
    that is sent again replaces its earlier revision, so a run that was cut short can simply be run again.

    Exit status: 0 all were sent, 1 some were refused.
    """
    found = files.find(paths)
    tracing.set_up(invocation.settings.telemetry, "ingest")
    run = Ingest(invocation.settings)
    with sigterm_interrupts():
        try:
            with reading(found, run.progress) as read:
                run.run(found, format=format, unsent=report, read=read)
        except KeyboardInterrupt:
            click.echo(f"interrupted in {run.progress.reading}", err=True)
            raise
        finally:
            click.echo(_counts(run))
    ctx.exit(1 if run.progress.refused else 0)


def _counts(run: Ingest) -> str:
    done = run.progress
    parts = [f"sent {done.sent}"]
    parts += [f"{word} {count}" for word, count in (("withdrew", done.withdrawn), ("skipped", done.skipped)) if count]
    return ", ".join([*parts, f"refused {done.refused}"])
