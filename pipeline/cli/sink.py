"""`claimwire sink`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.progress import catching_up
from pipeline.cli.signals import sigterm_interrupts

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from pipeline.wire.tail import Tail

_LAG_SECONDS = 5.0  # between two looks at how far it is behind

_TOPICS = ("articles.annotated", "claims", "entities", "propositions", "relations", "stances", "targets")


def _ending(command: Any) -> Any:
    return click.option(
        "--follow/--once",
        default=True,
        show_default=True,
        help="Go on for ever, or stop where the topics end.",
    )(command)


def url_option(command: Any) -> Any:
    """Adds `--url` (a string or None) to a command."""
    return click.option(
        "--url",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME. By default the setting database.url (also DATABASE_URL), "
        "else a SQLite file.",
    )(command)


@click.group(epilog="Example: claimwire sink database --url postgresql://claims@localhost/claims")
def sink() -> None:
    """Copy the topics into a database or files, exactly once; after any end it goes on where it was."""


@sink.command(epilog="Example: claimwire sink database --url sqlite:///claims.db --once")
@url_option
@_ending
@pass_invocation
def database(invocation: Invocation, url: str | None, follow: bool) -> None:
    """Fill a database: one table for each topic, one row for each record that stands.

    Rows and the positions in the topics are written in one transaction. The tables are described in docs/sinks.md.
    """
    from pipeline.consumers.database.connection import connect, database_url, prepare, shown
    from pipeline.consumers.database.sink import DatabaseSink

    engine = connect(database_url(invocation.settings, url))
    prepare(engine, invocation.settings.topic_prefix)
    filler = DatabaseSink(invocation.settings, engine)
    _run(invocation, lambda told: filler.run(follow=follow, told=told), f"into {shown(engine)}", follow=follow)


def _files(command: Any) -> Any:
    for option in (
        click.argument("folder", type=click.Path(file_okay=False, path_type=Path)),
        click.option(
            "--topic",
            "topics",
            multiple=True,
            type=click.Choice(_TOPICS),
            help="Only this topic; may be given several times. By default all.",
        ),
        click.option(
            "--every",
            type=click.FloatRange(1),
            default=60.0,
            show_default=True,
            metavar="SECONDS",
            help="How long records may wait for others to share their file.",
        ),
        _ending,
    ):
        command = option(command)
    return command


@sink.command(epilog="Example: claimwire sink parquet archive/ --topic claims --once")
@_files
@pass_invocation
def parquet(invocation: Invocation, folder: Path, topics: tuple[str, ...], every: float, follow: bool) -> None:
    """Write Parquet files: FOLDER/TOPIC/PARTITION/FIRST-NEXT.parquet, offsets in the names.

    Every record is a row, in order: the last row of a key is what stands, and one with withdrawn=true takes it back.
    A file appears whole or not at all. Needs pip install 'claimwire[parquet]'.
    """
    from pipeline.consumers.files.parquet import ParquetWriter

    _write(invocation, ParquetWriter(), folder, topics, every, follow=follow)


@sink.command(epilog="Example: claimwire sink jsonl archive/ --topic claims --once; cat archive/claims/*/*.jsonl")
@_files
@pass_invocation
def jsonl(invocation: Invocation, folder: Path, topics: tuple[str, ...], every: float, follow: bool) -> None:
    """Write files of JSON lines: FOLDER/TOPIC/PARTITION/FIRST-NEXT.jsonl, offsets in the names.

    Lines are those of `claimwire subscribe`: a record as its producer wrote it, or {"key": …, "withdrawn": true}.
    A file appears whole or not at all.
    """
    from pipeline.consumers.files.jsonl import JsonLinesWriter

    _write(invocation, JsonLinesWriter(), folder, topics, every, follow=follow)


def _write(
    invocation: Invocation, writer: Any, folder: Path, topics: tuple[str, ...], every: float, *, follow: bool
) -> None:
    from pipeline.consumers.files.sink import FileSink
    from pipeline.topics import TOPICS

    with FileSink(invocation.settings, folder, writer, [TOPICS[name] for name in topics or _TOPICS]) as filler:
        _run(
            invocation, lambda told: filler.run(follow=follow, every=every, told=told), f"into {folder}", follow=follow
        )


def _run(
    invocation: Invocation, run: Callable[[Callable[[Tail, int], None]], int], where: str, *, follow: bool
) -> None:
    """Runs a sink with a bar, and says at its end how much came. One that follows tells of itself as services do."""
    log = logging.getLogger(__name__)
    counted, measured = 0, 0.0
    with sigterm_interrupts(), catching_up() as show, _telling(invocation.settings, follow=follow):

        def told(tail: Tail, records: int) -> None:
            nonlocal counted, measured
            counted += records
            show(tail, counted)
            if follow and invocation.settings.telemetry.port and time.monotonic() - measured > _LAG_SECONDS:
                measured = time.monotonic()
                tail.lag()

        log.info("reading %s", where)
        try:
            run(told)
        except KeyboardInterrupt:
            if not follow:
                raise
        finally:
            click.echo(f"claimwire: {counted:,} records {where}", err=True)


@contextmanager
def _telling(settings: Settings, *, follow: bool) -> Iterator[None]:
    """Within: /metrics, /health and /ready, where a port is set for them."""
    if not (follow and settings.telemetry.port):
        yield
        return
    from pipeline.serving.telemetry import Health, serve_telemetry
    from pipeline.wire.consumer import answers

    where = settings.kafka.bootstrap_servers
    health = Health(broker=lambda: None if answers(settings) else f"none answers at {where}")
    end = serve_telemetry(settings.telemetry, health)
    try:
        yield
    finally:
        end()
