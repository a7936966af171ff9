"""`python -m tests.faults.fuzz`: mutated records through a real broker and an annotator. `make fuzz` calls it.

Each record must be annotated, be a dead letter, or hold nothing to annotate (a format's own way to say so, a
withdrawal, an older revision of what is there). The annotator must not end, and no dead letter may be its own failure.
"""

import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from pipeline import formats
from pipeline.errors import ArticleRefused
from pipeline.formats import Withdrawal
from pipeline.records import Article, DeadLetterHeader
from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.topics import ARTICLES_ANNOTATED, DEAD_LETTERS
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.dead_letters import ERROR
from tests.faults.annotators import Fleet
from tests.faults.backlog import Backlog, Raw, send
from tests.faults.birth import REPOSITORY
from tests.faults.mutations import number_of, records
from tests.faults.reading import read_all
from tests.faults.results import FOLDER, keep

_STILL_SECONDS = 120.0  # without progress: the annotator hangs
_SAID_EVERY = 10.0


@dataclass
class Result:
    """Counts of records. `unaccounted`: numbers of those of which nothing is known; `failures`: of the annotator."""

    records: int
    annotated: int = 0
    dead_letters: int = 0
    both: int = 0
    empty: int = 0
    ends: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unaccounted: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every record was dealt with, and the annotator failed on none."""
        return not (self.unaccounted or self.failures or self.ends)


def fuzz(settings: Settings, raw: Sequence[Raw], folder: Path, say: Callable[[str], None]) -> Result:
    """Sends `raw` (of `records`) to an annotator of its own on an empty set of topics, and counts."""
    admin.apply(settings)
    # The breakers would stop it, as they should where nearly everything is refused.
    environment = {
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": settings.topic_prefix,
        "STUB_CALM": "1",
        "CLAIMWIRE_DEAD_LETTERS__REFUSALS_IN_A_ROW": str(10**9),
        "CLAIMWIRE_DEAD_LETTERS__REFUSAL_WINDOW": str(10**9),
    }
    fleet = Fleet(environment, folder)
    backlog = Backlog(settings)
    try:
        fleet.start()
        send(settings, raw, lambda count: say(f"sent {count:,} of {len(raw):,}"))
        _work_off(fleet, backlog, len(raw), say)
        ends = len(fleet.all) - 1
        fleet.stop()
    finally:
        fleet.kill()
        backlog.close()
    result = count(settings, raw)
    result.ends = ends
    return result


def _work_off(fleet: Fleet, backlog: Backlog, total: int, say: Callable[[str], None]) -> None:
    done, since, said = 0, time.monotonic(), time.monotonic()
    while done < total:
        fleet.tend()
        now, before = time.monotonic(), done
        done = backlog.done()
        if done > before:
            since = now
        if now - since > _STILL_SECONDS:
            raise TimeoutError(f"no progress in {_STILL_SECONDS:g} s after {done} of {total} records")
        if now - said > _SAID_EVERY:
            said = now
            say(f"dealt with {done:,} of {total:,}, the annotator ended {len(fleet.all) - 1} times")
        time.sleep(0.2)


def count(settings: Settings, raw: Sequence[Raw]) -> Result:
    """What became of each record, read from the topics."""
    names = [topic.full_name(settings.topic_prefix) for topic in (ARTICLES_ANNOTATED, DEAD_LETTERS)]
    found = read_all(settings.kafka.bootstrap_servers, names)
    result = Result(len(raw))
    revisions: defaultdict[str, int] = defaultdict(int)
    annotated, dead = set[int | None](), set[int | None]()
    for record in found[names[0]]:
        if record.value is not None:
            value = orjson.loads(record.value)
            revisions[value["id"]] = max(revisions[value["id"]], value["revision"])
            annotated.add(number_of(record.headers))
    for record in found[names[1]]:
        number = number_of(record.headers)
        dead.add(number)
        reason = dict(record.headers).get(DeadLetterHeader.REASON, b"").decode()
        result.reasons[reason] += 1
        if reason == ERROR or not reason:
            result.failures.append(f"record {number}: {dict(record.headers).get(DeadLetterHeader.MESSAGE)!r}")
        if number is not None and record.value != raw[number].value:
            result.failures.append(f"record {number}: its dead letter is not what was sent")
    result.both = len(annotated & dead)
    result.annotated, result.dead_letters = len(annotated - dead), len(dead - annotated)
    for number, one in enumerate(raw):
        if number not in annotated and number not in dead:
            if _empty(one, revisions):
                result.empty += 1
            else:
                result.unaccounted.append(number)
    return result


def _empty(record: Raw, revisions: dict[str, int]) -> bool:
    """Whether there is nothing in it to annotate."""
    if record.value is None:
        return bool(record.key)  # a withdrawal
    content_type = [value for name, value in record.headers if name == "content-type"]
    said = content_type[-1].decode("utf-8", "replace") if content_type and content_type[-1] is not None else None
    for outcome in formats.decode(record.value, content_type=said, limits=Settings().limits):
        if isinstance(outcome, ArticleRefused):
            return False
        if isinstance(outcome, Article) and outcome.revision >= revisions.get(outcome.id, 0):
            return False
        if isinstance(outcome, Withdrawal):
            continue
    return True


def shared_folder() -> Path | None:
    """The research data, where there."""
    folder = REPOSITORY.parent / "shared"
    return folder if (folder / "data").is_dir() else None


@click.command(epilog="Example: python -m tests.faults.fuzz --records 2000 --seed 7")
@click.option("--records", "number", type=click.IntRange(1), default=20_000, show_default=True)
@click.option("--seed", "chosen", type=int, default=1, show_default=True, help="Another one, other mutations.")
@click.option("--shared", type=click.Path(path_type=Path, exists=True), help="Folder of the research data.")
def main(number: int, chosen: int, shared: Path | None) -> None:
    """Send mutated records to an annotator, and count what becomes of them."""
    started = time.monotonic()
    raw = list(records(number, chosen, shared or shared_folder()))
    click.echo(f"{number:,} records, {sum(len(one.value or b'') for one in raw) / 2**20:.0f} MiB")
    with tempfile.TemporaryDirectory(prefix="claimwire-fuzz-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        with LocalBroker(BrokerSettings(port=free_port()), folder / "broker") as broker:
            settings = Settings(topic_prefix="fuzz.", kafka=KafkaSettings(bootstrap_servers=broker.servers))
            result = fuzz(settings, raw, folder, click.echo)
        for log in folder.glob("*.log"):
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / f"fuzz-{log.name}").write_bytes(log.read_bytes())
    seconds = time.monotonic() - started
    keep(
        "fuzz",
        {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "records": result.records,
            "annotated": result.annotated,
            "dead_letters": result.dead_letters,
            "both": result.both,
            "empty": result.empty,
            "unaccounted": len(result.unaccounted),
            "failures": len(result.failures),
            "ends": result.ends,
            "seconds": round(seconds),
        },
    )
    click.echo(
        f"{result.records:,} records: {result.annotated:,} annotated, {result.dead_letters:,} dead letters, "
        f"{result.both:,} both (some of their items), {result.empty:,} with nothing to annotate; "
        f"{len(result.unaccounted)} unaccounted, {len(result.failures)} failures, the annotator ended {result.ends} "
        f"times; {seconds:.0f} s"
    )
    for reason, times in result.reasons.most_common():
        click.echo(f"  {times:6,} {reason}")
    if not result.good:
        _complain(result, raw)
        sys.exit(1)


def _complain(result: Result, raw: Sequence[Raw]) -> None:
    folder = FOLDER / "fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    for number in result.unaccounted[:20]:
        (folder / f"{number}.bin").write_bytes(raw[number].value or b"")
        click.echo(f"unaccounted: record {number}, {raw[number].headers}", err=True)
    for failure in result.failures[:20]:
        click.echo(f"failure: {failure}", err=True)
    click.echo(f"records without trace are in {folder}, the annotator's logs in {FOLDER}", err=True)


if __name__ == "__main__":
    main()
