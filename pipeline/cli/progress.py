"""Progress bars of commands that take long: on a terminal alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.producers.files import InputFile
    from pipeline.producers.ingest import Progress
    from pipeline.wire.tail import Tail

_LINE_SECONDS = 10.0


@contextmanager
def reading(found: Sequence[InputFile], progress: Progress) -> Iterator[Callable[[int], object] | None]:
    """Within: a bar on standard error, filled by the bytes that the yielded function is told of.

    None is yielded where standard error is no terminal. Sizes that are not known (standard input) make a bar without
    an end.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    sizes = [file.size for file in found]
    total = None if None in sizes else sum(size for size in sizes if size is not None)
    columns = (
        TextColumn("{task.fields[reading]}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, reading="", counts="")

        def read(count: int) -> None:
            counts = f"{progress.sent} sent" + (f", {progress.refused} refused" if progress.refused else "")
            bar.update(task, advance=count, reading=progress.reading[-40:], counts=counts)

        yield read


@contextmanager
def catching_up() -> Iterator[Callable[[Tail, int], None]]:
    """Within: a bar of how far a reader of topics has come; the yielded function takes it and the records so far.

    Where standard error is no terminal, a line now and then.
    """
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("reading"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[records]:,} records"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, records=0)

        def show(tail: Tail, records: int) -> None:
            total = sum(tail.ends.values())
            bar.update(task, total=total, completed=max(0, total - tail.left()), records=records)

        yield show


def _lines() -> Callable[[Tail, int], None]:
    said = time.monotonic()

    def show(tail: Tail, records: int) -> None:
        nonlocal said
        now, total = time.monotonic(), sum(tail.ends.values())
        if now - said >= _LINE_SECONDS and total:
            said = now
            part = max(0, total - tail.left()) / total
            click.echo(f"claimwire: {part:.0%} read, {records:,} records", err=True)

    return show
