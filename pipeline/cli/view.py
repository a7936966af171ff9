"""`claimwire view`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.progress import catching_up
from pipeline.cli.signals import sigterm_interrupts
from pipeline.cli.sink import url_option

if TYPE_CHECKING:
    from pipeline.wire.tail import Tail


@click.group(epilog="Example: claimwire view rebuild")
def view() -> None:
    """Look after the database of the page; `claimwire run view` serves it."""


@view.command(epilog="Example: claimwire view rebuild --url postgresql://claims@localhost/claims")
@url_option
@pass_invocation
def rebuild(invocation: Invocation, url: str | None) -> None:
    """Empty the database and fill it anew from the topics.

    A rebuild that was cut short goes on where it stopped when it is run again, or when the page's service runs.
    """
    from pipeline.consumers.database.connection import begin_rebuilding, connect, database_url, end_rebuilding, shown
    from pipeline.consumers.database.sink import DatabaseSink

    engine = connect(database_url(invocation.settings, url))
    if not begin_rebuilding(engine, invocation.settings.topic_prefix):
        click.echo(f"claimwire: going on with the rebuild of {shown(engine)}", err=True)
    counted = 0
    with sigterm_interrupts(), catching_up() as show:

        def told(tail: Tail, records: int) -> None:
            nonlocal counted
            counted += records
            show(tail, counted)

        try:
            DatabaseSink(invocation.settings, engine).run(follow=False, told=told)
        except KeyboardInterrupt:
            click.echo(f"claimwire: interrupted after {counted:,} records; run it again to go on", err=True)
            raise
    end_rebuilding(engine)
    click.echo(f"claimwire: {counted:,} records into {shown(engine)}", err=True)
