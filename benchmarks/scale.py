"""The model on paper of 10, 100 and 1,000 cores: `python -m benchmarks.scale` writes it into docs/scale.md.

Nothing is measured here. What one core and one article cost is taken from build/bench.json (`--from`); the rest is
multiplication. What is not measured but assumed is in `Assumed`, and said in the page.
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from benchmarks.figures import FILE, Results, read
from benchmarks.report import markdown, number
from benchmarks.stages import OUTPUTS, UNITS
from pipeline.topics import ARTICLES_RAW, CLAIMS_BY_ENTITY

PAGE = Path("docs/scale.md")
CORES = (10, 100, 1000)
_BEGIN, _END = "<!-- Written by `python -m benchmarks.scale`. -->", "<!-- End of what is written. -->"
_DAY = 86_400
_MEASURED = ("workers", "latency", "stages")
_ENOUGH = 3  # rounds
_MACHINE = ("processor", "cores", "instruction sets", "load when the last benchmark ended")


@dataclass(frozen=True, slots=True)
class Assumed:
    """What nobody measured: sizes of a usual cluster. `copies`: of each partition."""

    copies: int = 3
    readers: int = 2  # of the public topics, beside relations: the page's sink, and one subscriber
    load: float = 0.7  # of what it can, that a core does: so much more must fit when something was away
    link: float = 125e6  # bytes a second of a broker's network: 1 Gbit/s
    partitions_of_broker: int = 4000  # copies included, that a broker is commonly said to bear


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured; bytes are of one article, compressed, for one copy.

    `speed`: articles a second of one annotator through Kafka; `broker`, `transaction`: seconds of the broker's
    processor; `claims`: that are compared; `relations`: claims a second of one process; `sinks`: articles a second, by
    database; `start`: seconds until a new annotator works; `memory`: MiB of an annotator.
    """

    speed: float
    raw: float
    outputs: float
    compared: float
    coordinators: float
    broker: float
    transactions: float
    transaction: float
    claims: float
    relations: float
    sinks: dict[str, float]
    start: float
    memory: float

    @classmethod
    def of(cls, results: Results) -> "Costs":
        """Out of the figures. Raises LookupError that names those which are missing."""
        missing: list[str] = []

        def figure(benchmark: str, name: str) -> float:
            found = results.median(benchmark, name)
            if found is None:
                missing.append(f"{benchmark}: {name}")
            return found or 1.0

        def stored(name: str) -> float:
            return figure("stages", f"{name}, stored")

        made = cls(
            speed=figure("workers", "exactly once, 1 worker"),
            raw=stored(ARTICLES_RAW.name),
            outputs=sum(stored(topic.name) for topic in OUTPUTS if topic is not CLAIMS_BY_ENTITY),
            compared=stored(CLAIMS_BY_ENTITY.name),
            coordinators=stored("coordinators"),
            broker=figure("stages", "processor time of the broker") / 1000,
            transactions=figure("stages", "transactions"),
            transaction=figure("stages", "processor time of the broker for a transaction") / 1000,
            claims=figure("stages", "claims to compare"),
            relations=figure("stages", "relations, one process"),
            sinks={
                name.removeprefix("sink, "): found
                for name in UNITS
                if name.startswith("sink, ") and (found := results.median("stages", name)) is not None
            },
            start=figure("latency", "start to first claim read"),
            memory=figure("latency", "most resident memory of a worker"),
        )
        if missing:
            raise LookupError("not measured yet: " + "; ".join(missing))
        return made

    @property
    def written(self) -> float:
        """Bytes of an article that its producers write."""
        return self.raw + self.outputs + self.compared + self.coordinators

    def consumed(self, assumed: Assumed) -> float:
        """Bytes of an article that annotators, relations and readers fetch, beside the brokers themselves."""
        return self.raw + self.compared + assumed.readers * self.outputs


def demands(costs: Costs, cores: int, assumed: Assumed) -> dict[str, float]:
    """What so many cores of annotators want of everything else."""
    articles = cores * costs.speed * assumed.load
    copied = (assumed.copies - 1) * costs.written  # from broker to broker
    return {
        "articles a second": articles,
        "million articles a day": articles * _DAY / 1e6,
        "partitions of articles.raw": 2 * cores,
        "memory of annotators, GiB": cores * costs.memory / 1024,
        "written to brokers, MB/s": articles * costs.written / 1e6,
        "copied between brokers, MB/s": articles * copied / 1e6,
        "read from brokers, MB/s": articles * costs.consumed(assumed) / 1e6,
        "kept in a day, all copies, GB": articles * _DAY * (costs.written - costs.coordinators) * assumed.copies / 1e9,
        "transactions a second": articles * costs.transactions,
        "transactional producers": 2 * cores,
        "cores of brokers, one copy": articles * costs.broker,
        "of them for transactions alone": articles * costs.transactions * costs.transaction,
        "processes of relations": math.ceil(articles * costs.claims / costs.relations),
        **{f"sinks into {name}": articles / speed for name, speed in costs.sinks.items()},
    }


def limits(costs: Costs, assumed: Assumed) -> list[tuple[str, float]]:
    """What is full first as annotators are added, where there is one of each: (what, cores of annotators)."""
    one = costs.speed * assumed.load
    sent = costs.consumed(assumed) + (assumed.copies - 1) * costs.written  # more than what it receives
    found = [
        ("one process of relations", costs.relations / costs.claims / one),
        *((f"one sink into {name}", speed / one) for name, speed in costs.sinks.items()),
        ("one core of a broker", 1 / costs.broker / one),
        ("the network of one broker, 1 Gbit/s", assumed.link / sent / one),
        ("one core of the coordinator of transactions", 1 / (costs.transactions * costs.transaction) / one),
        ("the partitions of one broker", assumed.partitions_of_broker / assumed.copies / 2),
    ]
    return sorted(found, key=lambda limit: limit[1])


def block(results: Results, assumed: Assumed | None = None) -> str:
    """What the page says in numbers. Raises LookupError."""
    assumed, costs = assumed or Assumed(), Costs.of(results)
    wanted = [demands(costs, cores, assumed) for cores in CORES]
    rounds = min(len(one.values) for one in results.figures if one.benchmark in _MEASURED)
    trial = f" A trial of {rounds}: not to be relied on." if rounds < _ENOUGH else ""
    return "\n\n".join(
        [
            _BEGIN,
            "Measured on: "
            + "; ".join(f"{name} {results.machine.get(name, 'unknown')}" for name in _MACHINE)
            + f"; rounds {rounds}.{trial}",
            markdown(("measured, of one annotator and one article", ""), _measured(costs)),
            markdown(
                ("cores of annotators", *(f"{cores:,}" for cores in CORES)),
                ([name, *(number(one[name]) for one in wanted)] for name in wanted[0]),
            ),
            markdown(
                ("what is full first", "at so many cores of annotators"),
                ((what, number(cores)) for what, cores in limits(costs, assumed)),
            ),
            _END,
        ]
    )


def _measured(costs: Costs) -> Iterator[Sequence[str]]:
    names = {
        "speed": "articles a second through Kafka, exactly once",
        "raw": "bytes in articles.raw",
        "outputs": "bytes in the topics that subscribers read",
        "compared": "bytes on the way to relations",
        "coordinators": "bytes in the topics of the coordinators",
        "broker": "seconds of the broker's processor",
        "transactions": "transactions",
        "transaction": "seconds of the broker's processor for a transaction alone",
        "claims": "claims to compare",
        "relations": "claims a second of one process of relations",
        "start": "seconds from the start of an annotator to its first claim",
        "memory": "MiB of memory of an annotator, at most",
    }
    for one in fields(costs):
        if one.name in names:
            yield names[one.name], number(getattr(costs, one.name))
    for database, speed in costs.sinks.items():
        yield f"articles a second of a sink into {database}", number(speed)


def rewritten(page: str, new: str) -> str:
    """The page with the numbers replaced. Raises ValueError where it has no place for them."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"no line {_BEGIN} … {_END}")
    return before + new + after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="file", type=Path, default=FILE, help=f"what was measured ({FILE})")
    parser.add_argument("--page", type=Path, default=PAGE, help=f"what to write into ({PAGE})")
    args = parser.parse_args()
    try:
        new = block(read(args.file))
    except LookupError as error:
        parser.exit(1, f"{error}\nRun: make bench ONLY=workers,latency,stages\n")
    args.page.write_text(rewritten(args.page.read_text("utf-8"), new), "utf-8")
    print(new)


if __name__ == "__main__":
    main()
