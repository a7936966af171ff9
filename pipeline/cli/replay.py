"""`claimwire replay`."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.moment import Moment
from pipeline.cli.rate import Rate
from pipeline.cli.reading import format_option, report
from pipeline.cli.signals import sigterm_interrupts

if TYPE_CHECKING:
    from pipeline.producers.replay import Replay

_NICENESS = 10  # what runs live on this machine goes before: 1,024 to 110 of Linux's shares


@click.command(
    epilog="Examples: claimwire replay --run may --archive news/2024 --archive 'more/*.jsonl.gz'; "
    "claimwire replay --run april --from 2026-04-01 --to 2026-05-01 --rate 20/s; claimwire replay --run may"
)
@click.option("--run", "name", required=True, metavar="NAME", help="Its topics are claims.NAME, articles.raw.NAME, …")
@click.option("--archive", "paths", multiple=True, metavar="PATH", help="A file, folder or quoted pattern; repeatable.")
@click.option("--from", "since", type=Moment(), help="Out of articles.raw, from the first record of that time on.")
@click.option("--to", "until", type=Moment(), help="Until before that time; by default to its present end.")
@format_option
@click.option("--rate", type=Rate(), metavar="N/s", help="Articles in a second, at most; also N/m, N/h.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Annotators that run here.")
@click.option(
    "--no-annotate", is_flag=True, help="Only send. Annotators run elsewhere: claimwire run annotator --run NAME."
)
@click.option("--no-relations", is_flag=True, help="Do not compare claims: claimwire run relations --run NAME does.")
@click.argument("more", nargs=-1, metavar="[PATH…]")
@pass_invocation
@click.pass_context
def replay(
    ctx: click.Context,
    invocation: Invocation,
    name: str,
    paths: tuple[str, ...],
    more: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    format: str | None,
    rate: float | None,
    workers: int,
    no_annotate: bool,
    no_relations: bool,
) -> None:
    """Send history through the same processors into topics of its own.

    The live topics are untouched. A run that was stopped or killed goes on exactly where it was: with the same command,
    or with --run NAME alone. Annotators of the run work here, at a low priority, until every article is annotated,
    and a relations processor until every claim is compared.
    Standard error gets one line of JSON for each item of an archive that was skipped or refused.

    TIME is a date, a date and time (UTC without a zone), or 30m, 6h, 7d ago.

    Exit status: 0 all is done, 1 not all of it was accepted.
    """
    from pipeline.cli.replay_show import Show
    from pipeline.producers.replay import Replay

    if more and not paths:
        raise click.UsageError(f"{more[0]}: say --archive before the first PATH")
    paths += more  # what a shell makes of --archive news/*.jsonl
    if paths and (since or until):
        raise click.UsageError("--archive reads files, --from and --to read articles.raw: give one or the other")
    if format and not paths:
        raise click.UsageError("--format is that of an --archive")
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    with sigterm_interrupts(), Replay(invocation.settings, name) as sending:
        show = Show(invocation, sending, workers=0 if no_annotate else workers, relations=not no_relations)
        try:
            _begin(sending, paths, since, until, format)
            complete = show.run(rate=rate, unsent=report)
        except KeyboardInterrupt:
            click.echo(f"stopped. `claimwire replay --run {name}` goes on where it was.", err=True)
            raise
        finally:
            sys.stdout.flush()
    ctx.exit(0 if complete else 1)


def _begin(
    sending: Replay, paths: tuple[str, ...], since: datetime | None, until: datetime | None, format: str | None
) -> None:
    if paths:
        sending.from_archive(paths, format)
    elif since or until:
        sending.from_topic(since, until)
    elif sending.run is None:
        raise click.UsageError("a new run needs --archive PATH, or --from TIME")
    else:
        sending.resume()
