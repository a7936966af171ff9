"""A replay that is killed on the way holds what an undisturbed one holds: `python -m tests.faults.replay`.

Both runs read the same archive. The replay of the first is killed in the middle of transactions, just after them, and
at any moment; its annotator as well. Then every topic of both runs is compared record by record, in the order of each
partition. What may differ is where and when a record was sent: offsets and times.
"""

import argparse
import gzip
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson

from pipeline.settings import BrokerSettings, KafkaSettings, ProcessorSettings, Settings
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_RAW, CLAIMS, DEAD_LETTERS, ENTITIES, Topic
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.consumer import receive
from pipeline.wire.received import Received
from pipeline.wire.runs import all_done, annotator_progress, read_runs
from pipeline.wire.start import Start
from tests.conftest import REPOSITORY
from tests.processors.harness import PATIENCE, Worker, variables

TOPICS = (ARTICLES_RAW, ARTICLES_ANNOTATED, ENTITIES, CLAIMS, DEAD_LETTERS)
IN_TRANSACTIONS = ("transaction.sent=kill@2", "transaction.committed=kill@1", "transaction.sent=kill@1")
"""Where a replay dies: with a piece sent and not committed, twice; with one committed, before it knows."""


def replay(settings: Settings, run: str, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    """`claimwire replay --no-annotate`, started."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli.main", "replay", "--run", run, "--no-annotate", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **variables(settings), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def disturbed(
    settings: Settings, run: str, *arguments: str, slowly: str, anywhere: int = 2, seed: int = 1
) -> list[int]:
    """Sends a run through kills: those of IN_TRANSACTIONS, then so many at any moment. The exit codes.

    `slowly`: articles a second of the latter, so that none of them is done before it is killed.
    """
    chance = random.Random(seed)
    codes = []
    for fault in IN_TRANSACTIONS:
        process = replay(settings, run, *arguments, CLAIMWIRE_TESTING="1", CLAIMWIRE_TEST_FAULT=fault)
        process.communicate(timeout=PATIENCE)
        codes.append(process.returncode)
    for _ in range(anywhere):
        process = replay(settings, run, *arguments, "--rate", slowly)
        # Once it has begun to send: what comes before is the start of an interpreter.
        before = _sent(settings, run)
        deadline = time.monotonic() + PATIENCE
        while _sent(settings, run) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(chance.uniform(0, 1.5))
        process.kill()
        process.communicate()
        codes.append(process.returncode)
    # Alone by its name: it knows what it was reading.
    process = replay(settings, run)
    process.communicate()
    return [*codes, process.returncode]


def _sent(settings: Settings, run: str) -> int:
    return read_runs(settings)[run].sent


@contextmanager
def annotator(settings: Settings, run: str, **environment: str) -> Iterator[Worker]:
    """A stub annotator of a run, killed afterwards."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    worker = Worker(
        settings, "tests.processors.stub", {"STUB_RUN": run, **environment}, settings.state_dir / f"{run}.log"
    )
    try:
        yield worker
    finally:
        worker.kill()


def wait_until_annotated(settings: Settings, run: str, seconds: float = PATIENCE) -> None:
    """Returns when the run's annotators have committed all that was sent."""
    ends = read_runs(settings)[run].ends
    deadline = time.monotonic() + seconds
    with annotator_progress(settings, run) as progress:
        while not all_done(progress.committed(), ends):
            assert time.monotonic() < deadline, f"{run}: {progress.committed()} of {ends}"
            time.sleep(0.2)


def contents(settings: Settings, topic: Topic, run: str) -> list[list[tuple[bytes | None, bytes]]]:
    """Each partition's records in order: key, and a digest of all but what depends on where and when it was sent."""
    name = topic.full_name(settings.topic_prefix, run)
    found: list[list[tuple[bytes | None, bytes]]] = [[] for _ in range(admin.partition_counts(settings, [name])[name])]
    for record in receive(name, settings=settings, start=Start()):
        found[record.partition].append(_content(record))
    return found


def _content(record: Received) -> tuple[bytes | None, bytes]:
    headers = [
        (name, data)
        for name, data in record.headers
        if name != "ce_time" and not name.startswith(("claimwire-origin", "claimwire-time"))
    ]
    try:
        value = orjson.loads(record.value) if record.value is not None else None
    except orjson.JSONDecodeError:
        value = record.value
    if isinstance(value, dict):
        for one in (value, *value.get("claims", [])):
            # The partition stays: it does not depend on when.
            if one.get("origin"):
                one["origin"] = one["origin"]["partition"]
    return record.key, hashlib.sha256(repr((value, headers)).encode()).digest()


def differences(settings: Settings, one: str, other: str) -> list[str]:
    """Where two runs differ, in words; none where they hold the same."""
    found = []
    for topic in TOPICS:
        mine, theirs = contents(settings, topic, one), contents(settings, topic, other)
        for partition, (left, right) in enumerate(zip(mine, theirs, strict=True)):
            if left != right:
                unequal = sum(a != b for a, b in zip(left, right, strict=False))
                found.append(f"{topic.name} {partition}: {len(left)} and {len(right)} records, {unequal} unequal")
    return found


def counts(settings: Settings, run: str) -> dict[str, int]:
    """How many records each topic of a run has."""
    return {topic.name: sum(map(len, contents(settings, topic, run))) for topic in TOPICS}


def check(settings: Settings, archive: Path, *, rate: str, anywhere: int = 2, calm: bool = False) -> list[str]:
    """Replays `archive` once disturbed and once not. What is wrong, in words.

    `calm`: no word of an article makes the stub misbehave; real ones hold any.
    """
    environment = {"STUB_CALM": "1"} if calm else {}
    fault = {"CLAIMWIRE_TESTING": "1", "CLAIMWIRE_TEST_FAULT": "transaction.sent=kill@3"}
    sending = ("--archive", str(archive), "--rate", rate)
    with annotator(settings, "killed", **environment, **fault) as first:
        codes = disturbed(settings, "killed", *sending, slowly=str(float(rate) / 5), anywhere=anywhere)
        first.wait()  # dead by then, in the middle of a transaction
    with annotator(settings, "killed", **environment):
        wait_until_annotated(settings, "killed", 900)
    undisturbed = replay(settings, "calm", "--archive", str(archive))
    with annotator(settings, "calm", **environment):
        undisturbed.communicate()
        wait_until_annotated(settings, "calm", 900)
    wrong = [] if codes[:-1] == [-9] * (len(codes) - 1) else [f"the replays ended with {codes}"]
    if codes[-1] != undisturbed.returncode:
        wrong.append(f"the last ended with {codes[-1]}, the undisturbed one with {undisturbed.returncode}")
    return wrong + differences(settings, "killed", "calm")


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole archive, on a broker of its own. 0 where both runs hold the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = Path(os.environ.get("CLAIMWIRE_SHARED") or REPOSITORY.parent / "shared")
    parser.add_argument("archive", type=Path, nargs="?", default=shared / "data/news/allsides.jsonl.gz")
    parser.add_argument("--articles", type=int, default=8000, help="at most so many")
    parser.add_argument("--rate", default="600", help="articles a second of the replay that is killed")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder, "part.jsonl.gz")
        with gzip.open(options.archive) as source, gzip.open(part, "wb", 1) as target:
            for _, line in zip(range(options.articles), source, strict=False):
                target.write(line)
        with LocalBroker(BrokerSettings(port=free_port()), Path(folder, "broker")) as broker:
            settings = Settings(
                state_dir=Path(folder, "state"),
                # With a model that takes no time, a busy machine shows one partition standing while others are read.
                processor=ProcessorSettings(stall_seconds=600),
                kafka=KafkaSettings(bootstrap_servers=broker.servers),
            )
            admin.apply(settings)
            began = time.monotonic()
            wrong = check(settings, part, rate=options.rate, calm=True)
            seconds = time.monotonic() - began
            for topic, count in counts(settings, "calm").items():
                print(f"{topic:20} {count:>9,} records")  # noqa: T201
    kills = len(IN_TRANSACTIONS) + 2
    print(f"replay killed {kills} times, its annotator once; {seconds:.0f} s")  # noqa: T201
    print("\n".join(wrong) or "both runs hold the same, record by record")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
