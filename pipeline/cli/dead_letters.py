"""`claimwire dead-letters`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.moment import Moment

if TYPE_CHECKING:
    from pipeline.consumers.dead_letters import Listed


def _selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--topic", help="Only those whose record is from this topic."),
        click.option("--since", type=Moment(), help="Only those given up since then: a date, or 30m, 6h, 7d."),
        click.option("--reason", help="Only those with this reason: undecodable, empty, too-large, error, …"),
    ):
        command = option(command)
    return command


@click.group("dead-letters", epilog="Example: claimwire dead-letters list --since 1d")
def dead_letters() -> None:
    """List, show and retry what could not be processed."""


@dead_letters.command("list", epilog="Example: claimwire dead-letters list --reason too-slow --since 6h --json")
@_selecting
@click.option("--limit", type=click.IntRange(1), help="At most this many: the newest.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_invocation
def list_(
    invocation: Invocation,
    reason: str | None,
    since: datetime | None,
    topic: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List dead letters, oldest first: id, time, reason, stage, attempts, size, key, message."""
    import orjson

    from pipeline.cli.claims_table import printable
    from pipeline.consumers.dead_letters import DeadLetterBox, Query

    rows = [_row(listed) for listed in DeadLetterBox(invocation.settings).find(Query(reason, since, topic))]
    rows.sort(key=lambda row: (row["time"], row["id"]))
    for row in rows[-limit:] if limit else rows:
        if as_json:
            click.echo(orjson.dumps(row))
        else:
            retried = " (retried)" if row["retried"] else ""
            # Whoever may write to the topic has written these.
            said = {name: printable(text) for name, text in row.items() if isinstance(text, str)}
            click.echo(
                f"{said['id']:<10} {said['time'][:19]:<19} {said['reason']:<16} {said['stage']:<9} "
                f"{row['attempts']:>2}x {row['bytes']:>9,} B  {said.get('key') or '-'}  {said['message']}{retried}"
            )
    if not rows:
        click.echo("claimwire: no dead letters", err=True)


@dead_letters.command(epilog="Example: claimwire dead-letters show 2/17 --value > article.html")
@click.argument("id")
@click.option("--value", is_flag=True, help="The record's value alone, byte for byte, to standard output.")
@pass_invocation
def show(invocation: Invocation, id: str, value: bool) -> None:
    """Show one dead letter: what is said of it, its own headers, and how it begins."""
    from pipeline.consumers.dead_letters import DeadLetterBox

    listed = DeadLetterBox(invocation.settings).one(id)
    letter = listed.letter
    if value:
        sys.stdout.buffer.write(letter.value or b"")
        return
    for said, text in letter.said.items():
        click.echo(f"{said.value}: {_printable(text.encode())}")
    for name, data in letter.received:
        click.echo(f"{_printable(name.encode())}: {_printable(data or b'')}")
    click.echo(f"key: {'(null)' if letter.key is None else _printable(letter.key)}")
    click.echo(f"value: {'(null)' if letter.value is None else _printable(letter.value[:1000])}")
    if len(letter.value or b"") > 1000:
        click.echo(f"(the first 1,000 of {len(letter.value or b''):,} bytes; --value gives all of them)", err=True)


@dead_letters.command(epilog="Example: claimwire dead-letters retry --reason error --since 1d")
@click.argument("ids", nargs=-1)
@_selecting
@click.option("--limit", type=click.IntRange(1), help="At most this many.")
@click.option("--again", is_flag=True, help="Also what came back after a retry.")
@pass_invocation
@click.pass_context
def retry(
    ctx: click.Context,
    invocation: Invocation,
    ids: tuple[str, ...],
    reason: str | None,
    since: datetime | None,
    topic: str | None,
    limit: int | None,
    again: bool,
) -> None:
    """Send records to their topic once more: all, those selected, or those with these IDS. Each is sent once.

    Exit status: 0 done, 1 where there is no dead letter (among those selected) with one of these IDS.
    """
    from pipeline.consumers.dead_letters import DeadLetterBox, Query, Retried

    query = Query(reason, since, topic, frozenset(ids))
    with _status() as status:

        def told(retried: Retried) -> None:
            if status is not None:
                status.update(f"{len(retried.sent):,} sent")

        retried = DeadLetterBox(invocation.settings).retry(query, again=again, limit=limit, told=told)
    click.echo(f"{len(retried.sent):,} sent")
    for obstacle, left_out in retried.left_out.items():
        click.echo(f"{len(left_out):,} left out, {obstacle}: {', '.join(left_out[:10])}{', …' * (len(left_out) > 10)}")
    if retried.unknown:
        click.echo(f"claimwire: no dead letter here is called {', '.join(retried.unknown)}", err=True)
        ctx.exit(1)


def _status() -> Any:
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status("reading the dead letters")


def _row(listed: Listed) -> dict[str, Any]:
    from pipeline.records import DeadLetterHeader as Said

    letter = listed.letter
    said = letter.said
    return {
        "id": listed.id,
        "time": said.get(Said.TIME, ""),
        "reason": letter.reason,
        "stage": said.get(Said.STAGE, ""),
        "attempts": _number(said.get(Said.ATTEMPTS)) or 1,
        "retried": listed.retried,
        "key": None if letter.key is None else _printable(letter.key),
        "bytes": _number(said.get(Said.OMITTED)) or len(letter.value or b""),
        "message": said.get(Said.MESSAGE, ""),
        "exception": said.get(Said.EXCEPTION, ""),
        "item": said.get(Said.ITEM),
        "origin": f"{said.get(Said.TOPIC, '')}/{said.get(Said.PARTITION, '')}/{said.get(Said.OFFSET, '')}",
    }


def _number(text: str | None) -> int | None:
    # Only what claimwire wrote is sure to be one.
    return int(text) if text and text.isascii() and text.isdigit() else None


def _printable(data: bytes) -> str:
    """As text that no terminal takes for a command: control characters are shown as escapes."""
    text = data.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
