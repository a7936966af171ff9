"""docs/reliability.md: what the last runs showed."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipeline import __version__
from pipeline.settings import BrokerSettings
from tests.faults.birth import REPOSITORY
from tests.faults.results import Row, kept
from tests.faults.run import Scenario

PATH = REPOSITORY / "docs" / "reliability.md"
_LIBRARIES = ("faust-streaming", "aiokafka", "kafka-python")
_COUNTS = ("lost", "doubled", "out_of_order", "orphaned")


def write(scenarios: Sequence[Scenario], rows: Sequence[Row], path: Path = PATH) -> None:
    """Writes the page from these rows, and from what `fuzz` and `soak` have kept."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(page(scenarios, rows)) + "\n", "utf-8")


def page(scenarios: Sequence[Scenario], rows: Sequence[Row]) -> Iterator[str]:
    """Its lines."""
    yield "# Reliability"
    yield ""
    yield (
        "Each run sends numbered articles, a quarter of them corrected later once or twice, to a real Kafka cluster, "
        "hurts something once or several times while annotators work (with a stub model, so that time and output are "
        "known), and waits until all is done. A verifier that knows nothing of the annotator then reads every output "
        "topic with `isolation.level=read_committed` and counts. Dead letters count as lost here: no article deserves "
        "one."
    )
    yield ""
    yield "`make faults` writes this page; `make faults ONLY=zombie,stop` runs some, and goes on where it was stopped."
    yield ""
    yield f"- Date: {datetime.now(UTC):%Y-%m-%d}"
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    yield (
        f"- Versions: claimwire {__version__}, Apache Kafka {BrokerSettings().version}, {libraries}, "
        f"Python {platform.python_version()}"
    )
    yield f"- Machine: {machine()}; load average when this was written: {os.getloadavg()[1]:.1f}"
    yield f"- Sources: {', '.join(sorted({row.commit for row in rows}))}"
    yield ""
    yield from table(scenarios, rows)
    wrong = [row for row in rows if not row.good]
    if wrong:
        yield ""
        yield "## What went wrong"
        yield ""
        for row in wrong:
            yield f"- {row.scenario} {row.number}: {'; '.join(row.wrong)[:500]}"
    yield from _fuzz()
    yield from _soak()


def table(scenarios: Sequence[Scenario], rows: Sequence[Row]) -> Iterator[str]:
    """The Markdown table, one line for each scenario that was run, and a sum."""
    yield "| fault | times | runs | articles | lost | doubled | out of order | orphaned | seconds |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for scenario in scenarios:
        some = [row for row in rows if row.scenario == scenario.name]
        if some:
            yield _line(scenario.fault, f"{sum(row.faults for row in some)} of {scenario.times}", some)
    if rows:
        yield _line("**all**", str(sum(row.faults for row in rows)), rows)
    left = [s for s in scenarios if not any(row.scenario == s.name for row in rows)]
    for scenario in left:
        yield f"| {scenario.fault} | 0 of {scenario.times}: {scenario.obstacle() or 'not run'} | | | | | | | |"


def machine() -> str:
    """This machine in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB of memory, {platform.system()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _line(fault: str, times: str, rows: Sequence[Row]) -> str:
    counts = {name: sum(getattr(row, name) for row in rows) for name in _COUNTS}
    counts["lost"] += sum(row.dead_letters for row in rows)
    seconds = sum(row.seconds for row in rows)
    numbers = [len(rows), sum(row.articles for row in rows), *counts.values()]
    cells = [fault, times, *(f"{number:,}" for number in numbers), f"{seconds:,.0f}"]
    return f"| {' | '.join(cells)} |"


def _fuzz() -> Iterator[str]:
    result = kept("fuzz")
    if result is None:
        return
    yield ""
    yield "## Mutated records"
    yield ""
    yield (
        "`make fuzz`: real and invented articles in every format, with bytes flipped, cut, repeated and mixed, and "
        "JSON of any shape, sent through a real broker to an annotator. Each must be annotated, be a dead letter, or "
        "hold nothing to annotate, and the annotator itself must fail on none."
    )
    yield ""
    heads = (
        "date",
        "records",
        "annotated",
        "dead letters",
        "both",
        "nothing in them",
        "unaccounted",
        "failures",
        "ends",
    )
    yield f"| {' | '.join([*heads, 'seconds'])} |"
    yield f"|{'---|' * (len(heads) + 1)}"
    names = ("records", "annotated", "dead_letters", "both", "empty", "unaccounted", "failures", "ends", "seconds")
    yield f"| {result['date']} | {' | '.join(f'{result[name]:,}' for name in names)} |"


def _soak() -> Iterator[str]:
    results = [(name, result) for name in ("stub", "real") if (result := kept(f"soak-{name}")) is not None]
    if not results:
        return
    yield ""
    yield "## Memory"
    yield ""
    yield "`make soak`: resident memory of the annotator's process, after a tenth of the articles and at the end."
    yield ""
    yield "| model | date | articles | first tenth, MiB | end, MiB | growth | articles/s |"
    yield "|---|---|---|---|---|---|---|"
    for name, result in results:
        yield (
            f"| {name} | {result['date']} | {result['articles']:,} | {result['first_mib']:.0f} | "
            f"{result['last_mib']:.0f} | {result['growth_percent']:+.1f} % | {result['rate']:.0f} |"
        )
