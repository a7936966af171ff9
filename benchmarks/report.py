"""The figures as a table: `python -m benchmarks.report` prints build/bench.json anew, and writes build/bench.md."""

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import FILE, Figure, Results, read

MARKDOWN = FILE.with_suffix(".md")
_HEAD = ("what", "unit", "median", "least … most", "rounds", "note")


def row(figure: Figure) -> tuple[str, ...]:
    """The row of a figure."""
    several = len(figure.values) > 1
    spread = f"{number(min(figure.values))} … {number(max(figure.values))}" if several else ""
    return figure.name, figure.unit, number(figure.median), spread, str(len(figure.values)), figure.note


def number(value: float) -> str:
    """Three digits of it, and all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def markdown(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def text(results: Results) -> str:
    """The machine, and a table for each benchmark."""
    parts = ["# Speeds", markdown(("the machine", ""), results.machine.items())]
    for benchmark, figures in groupby(results.figures, key=lambda figure: figure.benchmark):
        parts += [f"## {benchmark}", markdown(_HEAD, map(row, figures))]
    return "\n\n".join(parts) + "\n"


def show(figures: Sequence[Figure]) -> None:
    """Prints the table of one benchmark, for people."""
    table = Table(*_HEAD, title=", ".join(dict.fromkeys(figure.benchmark for figure in figures)))
    for figure in figures:
        table.add_row(*row(figure))
    Console(width=160 if not sys.stdout.isatty() else None).print(table)


def write(results: Results, file: Path = MARKDOWN) -> None:
    """Prints it all, and puts it in the file."""
    said = text(results)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(said, "utf-8")
    print(said)


if __name__ == "__main__":
    write(read())
