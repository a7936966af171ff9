"""A chart of stances over time, as SVG for a template: shapes and lanes say it, colours only repeat it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from markupsafe import Markup, escape

from pipeline.view.safe_text import visible

_LANE = {"favor": 18, "neutral": 36, "against": 54}  # y in a row, px
_SHAPES = {
    "favor": '<path d="M0 -6l6 11h-12z"/>',
    "against": '<path d="M0 6l6 -11h-12z"/>',
    "neutral": '<circle r="4.5"/>',
}
_ROW = 92
_TOP = 8
_MOST_ROWS = 8
_MOST_POINTS = 400  # in a row
_LONGEST_TITLE = 160  # characters
_HALF = timedelta(hours=12)
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)


class Point(NamedTuple):
    """One stance. `row`: what it is charted under; `link`: where the claim is."""

    row: str
    at: datetime
    label: str
    confidence: float
    title: str
    link: str


class Mark(NamedTuple):
    """A point as drawn, its centre: `x` in percent of the width of the lanes, `y` in px."""

    x: float
    y: int
    point: Point


@dataclass(frozen=True, slots=True)
class Row:
    """One lane of three lines. `y`: its top; `counts`: favor, neutral, against."""

    name: str
    y: int
    marks: tuple[Mark, ...]
    counts: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Chart:
    """Rows from the one with most points on. `height`: px. `ticks`: of the time axis, (percent of the lanes, text)."""

    rows: tuple[Row, ...]
    height: int
    ticks: tuple[tuple[float, str], ...]
    left_out: int


def chart(points: Sequence[Point]) -> Chart | None:
    """The chart of `points`; None without any."""
    if not points:
        return None
    by_row: dict[str, list[Point]] = {}
    for point in points:
        by_row.setdefault(point.row, []).append(point)
    chosen = sorted(by_row.items(), key=lambda item: (-len(item[1]), item[0]))[:_MOST_ROWS]
    first, last = min(point.at for point in points), max(point.at for point in points)
    if first == last:
        middle = min(max(first, _EARLIEST), _LATEST)
        first, last = middle - _HALF, middle + _HALF

    def x(at: datetime) -> float:
        part = (min(max(at, first), last) - first) / (last - first)
        return round(100 * part, 1)

    rows = []
    for number, (name, ones) in enumerate(chosen):
        y = _TOP + number * _ROW
        marks = tuple(
            Mark(x(point.at), y + 14 + _LANE.get(point.label, _LANE["neutral"]), point)
            for point in sorted(ones, key=lambda point: point.at)[-_MOST_POINTS:]
        )
        favor, neutral, against = (sum(point.label == label for point in ones) for label in _LANE)
        rows.append(Row(name, y, marks, (favor, neutral, against)))
    steps = [first + (last - first) * part for part in (0.0, 0.5, 1.0)]
    form = "%Y-%m-%d" if last - first > timedelta(days=3) else "%Y-%m-%d %H:%M"
    ticks = tuple((x(step), step.strftime(form)) for step in steps)
    return Chart(tuple(rows), _TOP + len(rows) * _ROW + 24, ticks, len(by_row) - len(chosen))


def drawn(row: Row) -> Markup:
    """The marks of a row as SVG. Not in the template: a page has hundreds, and each value printed there costs more."""
    return Markup("\n".join(map(_drawn, row.marks)))


def _drawn(mark: Mark) -> str:
    point = mark.point
    shape = _SHAPES.get(point.label, _SHAPES["neutral"])
    title = escape(f"{point.label} {point.confidence:.2f}: {visible(_shortened(point.title))}")
    # An svg of its own: no other shape has a place in percent.
    place = f'x="{mark.x}%" y="{mark.y}" overflow="visible"'
    return f'<svg class="{escape(point.label)}" {place}><title>{title}</title>{shape}</svg>'


def _shortened(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 3].rsplit(" ", 1)[0] + "..."
