"""How far a long command is, at what rate, and how long it will take: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections import deque
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINE_SECONDS = 30.0
_WINDOW_SECONDS = 60.0  # that the rate looks back


class Meter:
    """`what`: the first words. As a context manager the bar goes away on leaving."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._seen: deque[tuple[float, int]] = deque()
        self._said = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID
        self._open = ExitStack()

    def show(self, done: int, expected: int | None, words: str) -> None:
        """`done` of `expected` (None: nobody knows). `words`: what was done, for people."""
        rate = self._rate(done)
        said = f"{words}, {rate:,.1f}/s" + _left(done, expected, rate)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=expected, said=said)
        elif time.monotonic() - self._said > _LINE_SECONDS:
            self._said = time.monotonic()
            click.echo(f"{self._what}: {said}", err=True)

    def _rate(self, done: int) -> float:
        now = time.monotonic()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[0][0] > _WINDOW_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        return max(0, done - before) / (now - since) if now > since else 0.0

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (TextColumn(self._what), BarColumn(), TextColumn("{task.fields[said]}"))
            self._bar = self._open.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
            self._task = self._bar.add_task("", total=None, said="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()


def _left(done: int, expected: int | None, rate: float) -> str:
    if expected is None or not rate:
        return ""
    minutes, seconds = divmod(round(max(0, expected - done) / rate), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f", {hours:,} h {minutes:02} min left"
    return f", {minutes} min {seconds:02} s left" if minutes else f", {seconds} s left"
