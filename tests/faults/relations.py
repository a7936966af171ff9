"""A relations processor that is killed again and again finds what an undisturbed one does.

`python -m tests.faults.relations annotated.jsonl`: that file holds the lines of `claimwire annotate`, in the order of
publication, say of 2,000 AllSides articles. Their claims are sent as the annotator would, twice, to topics of two
prefixes of one broker; `claimwire run relations` with the shipped models reads both. One of them is killed with SIGKILL
again and again, at moments spread over the whole: then every relation and proposition must be there as in the other's
topics, every relation once, and no more than that.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from pipeline.processors.comparables import comparables
from pipeline.records import AnnotatedArticle, Origin
from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.topics import CLAIMS_BY_ENTITY
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.codec import decode
from pipeline.wire.outgoing import Destination
from pipeline.wire.producer import Producer
from tests.conftest import REPOSITORY
from tests.processors.harness import Wire, variables

COMPARED = ("relations", "propositions")
_LOOK_SECONDS = 1.0
_STILL_SECONDS = 300.0


def send(settings: Settings, annotated: Path) -> int:
    """Every claim of these articles, to be compared; how many records that are."""
    name = CLAIMS_BY_ENTITY.full_name(settings.topic_prefix)
    to, count = Destination(settings.topic_prefix, admin.partition_counts(settings, [name])), 0
    with Producer(settings, client="test") as producer, annotated.open("rb") as lines:
        for number, line in enumerate(lines):
            article = decode(AnnotatedArticle, line)
            assert article.published_at is not None
            origin = Origin("articles.raw", 0, number, article.published_at)
            for record in comparables(article, origin=origin, destination=to):
                producer.send(record)
                count += 1
    return count


def processor(settings: Settings, log: Path) -> "subprocess.Popen[bytes]":
    """`claimwire run relations`, started."""
    with log.open("ab") as out:
        command = [sys.executable, "-m", "pipeline.cli.main", "run", "relations"]
        return subprocess.Popen(
            command, cwd=REPOSITORY, env={**os.environ, **variables(settings)}, stdout=out, stderr=out
        )


def work(wire: Wire, kills: Sequence[int], log: Path) -> int:
    """Runs the processor until all is compared, killing it whenever so many records are committed; how often it was."""
    left, done, since = list(kills), -1, time.monotonic()
    process = processor(wire.settings, log)
    try:
        while wire.lag("relations"):
            if process.poll() is not None:
                raise RuntimeError(f"the processor ended with {process.returncode}; see {log}")
            before, done = done, sum(offset.offset for offset in wire.committed("relations").values())
            since = time.monotonic() if done != before else since
            if time.monotonic() - since > _STILL_SECONDS:
                raise TimeoutError(f"no progress in {_STILL_SECONDS:g} s; see {log}")
            if left and done >= left[0]:
                left.pop(0)
                process.kill()
                process.wait()
                click.echo(f"killed at {done:,}")
                process = processor(wire.settings, log)
            time.sleep(_LOOK_SECONDS)
        process.terminate()
        process.wait(60)
    finally:
        process.kill()
        process.wait()
    return len(kills) - len(left)


def doubled(wire: Wire, topic: str) -> int:
    """Records that say of a key what stood already."""
    standing: dict[bytes, bytes | None] = {}
    count = 0
    for record in wire.read(topic):
        count += standing.get(record.key, b"") == record.value
        standing[record.key] = record.value
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotated", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="claimwire-relations-") as temporary:
        folder = Path(temporary)
        with LocalBroker(BrokerSettings(port=free_port()), folder / "broker") as broker:
            kafka = KafkaSettings(bootstrap_servers=broker.servers)
            wires = []
            for prefix in ("whole.", "killed."):
                settings = Settings(topic_prefix=prefix, state_dir=folder / prefix, kafka=kafka)
                settings.state_dir.mkdir()
                admin.apply(settings)
                wires.append(Wire(settings))
                count = send(settings, args.annotated)
            click.echo(f"{count:,} claims to compare")
            whole, killed = wires
            began = time.monotonic()
            work(whole, [], folder / "whole.log")
            click.echo(f"undisturbed: {time.monotonic() - began:.0f} s")
            began = time.monotonic()
            times = work(
                killed, [count * n // (args.kills + 1) for n in range(1, args.kills + 1)], folder / "killed.log"
            )
            click.echo(f"killed {times} times: {time.monotonic() - began:.0f} s")
            good = times == args.kills
            for topic in COMPARED:
                one, other = (wire.standing(topic) for wire in wires)
                before, again = (doubled(wire, topic) for wire in wires)
                click.echo(
                    f"{topic}: {len(one):,} undisturbed, {len(other):,} killed; {len(one.keys() - other.keys())} lost, "
                    f"{len(other.keys() - one.keys())} too many, {again} said again ({before} undisturbed), "
                    f"{sum(one[key] != other[key] for key in one.keys() & other.keys())} differ"
                )
                # A proposition may be said again as it stood: who keeps the last record of a key sees no difference.
                good = good and one == other and not (again and topic == "relations")
            for wire in wires:
                wire.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
