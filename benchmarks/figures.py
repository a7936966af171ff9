"""What was measured: figures, the file that gathers those of every benchmark, and ratios between them."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from benchmarks.machine import describe

FILE = Path("build/bench.json")


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured. `values`: one for each round, in the order of the rounds, in `unit`.

    `note`: what one must know to read it.
    """

    benchmark: str
    name: str
    unit: str
    values: tuple[float, ...]
    note: str = ""

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.values)


@dataclass(frozen=True, slots=True)
class Results:
    """What `FILE` holds. `machine`: property -> value, as of the last benchmark that ran."""

    machine: Mapping[str, str] = field(default_factory=dict)
    figures: Sequence[Figure] = ()

    def median(self, benchmark: str, name: str) -> float | None:
        """Of one figure; None where it was not measured."""
        found = [figure for figure in self.figures if (figure.benchmark, figure.name) == (benchmark, name)]
        return found[0].median if found else None


def ratio(one: Figure, other: Figure) -> Figure:
    """How many times `other` is `one`, round by round: what slows a round slows both of its halves.

    Of the medians where the rounds do not pair.
    """
    values = tuple(a / b for a, b in zip(one.values, other.values, strict=False))
    if len(one.values) != len(other.values):
        values = (one.median / other.median,)
    return Figure(one.benchmark, f"{one.name} ÷ {other.name}", "×", values)


def read(file: Path = FILE) -> Results:
    """What was measured so far; nothing where the file is not there."""
    if not file.exists():
        return Results()
    held: dict[str, Any] = orjson.loads(file.read_bytes())
    figures = [Figure(**{**row, "values": tuple(row["values"])}) for row in held["figures"]]
    return Results(held["machine"], figures)


def put(figures: Iterable[Figure], file: Path = FILE) -> None:
    """Into the file, in place of what the same benchmarks measured before."""
    new = list(figures)
    names = {figure.benchmark for figure in new}
    kept = [figure for figure in read(file).figures if figure.benchmark not in names]
    rows = {"machine": describe(), "figures": [asdict(figure) for figure in (*kept, *new)]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
