"""One run: articles sent, annotators at work, something hurt, and a verdict."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from kafka.errors import KafkaError

from pipeline.errors import ClaimwireError
from pipeline.processors.endings import Ending
from pipeline.settings import KafkaSettings, Settings, TopicsSettings
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_RAW, CLAIMS, DEAD_LETTERS, ENTITIES, TOPICS
from pipeline.wire import admin
from tests.faults.annotators import Fleet
from tests.faults.brokers import Brokers, Kind
from tests.faults.feed import Feed
from tests.faults.reading import NotReadable, Watch, read_all
from tests.faults.verifier import Verdict, verify


class TimeUp(Exception):
    """A condition did not come about in the time of a run."""


OUTPUTS = (ARTICLES_ANNOTATED, ENTITIES, CLAIMS, DEAD_LETTERS)
PARTITIONS = 4
SESSION_SECONDS = 3.0
_POLL_SECONDS = 0.05
_FAILURES = (TimeUp, TimeoutError, RuntimeError, KafkaError, ClaimwireError)
_BATCH = 16  # records
_ARTICLES = 150  # sent at first, and each time that work runs short
_LEAST = 150  # records that wait, while something is hurt: three seconds of work


@dataclass(frozen=True, slots=True)
class Scenario:
    """A row of the table. `fault`: in words; `times`: how often in the whole table, `each` times in one run.

    `hurt`: does it once, in a run whose annotators (`annotators` of them) have enough to do until it returns. An
    article takes `seconds_each`. `limit`: seconds that a run may take in all. `short`: runs of it, with one fault each,
    in `make test`. `environment`: more variables of the annotators. `obstacle`: says why it cannot run on this machine,
    or nothing.
    """

    name: str
    fault: str
    times: int
    hurt: "Callable[[Run], None]"
    brokers: Kind = "one"
    annotators: int = 1
    each: int = 1
    seconds_each: float = 0.02
    limit: float = 400.0
    short: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    obstacle: Callable[[], str | None] = lambda: None

    @property
    def runs(self) -> int:
        """In the whole table."""
        return -(-self.times // self.each)


@dataclass
class Outcome:
    """What a run came to. `wrong`: what else was not as it should be; `notes`: what is worth telling."""

    articles: int
    verdict: Verdict
    seconds: float
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was wrong."""
        return self.verdict.good and not self.wrong


class Run:
    """What a scenario works with. `folder`: of this run alone; `seed`: decides every choice."""

    def __init__(self, scenario: Scenario, brokers: Brokers, folder: Path, seed: int) -> None:
        self.scenario = scenario
        self.brokers = brokers
        self.folder = folder
        self.chance = random.Random(seed)
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self.settings = Settings(
            topic_prefix=f"{scenario.name}-{seed}-{time.time_ns() // 1_000_000 % 10**9}.",
            kafka=KafkaSettings(bootstrap_servers=brokers.servers),
            topics=TopicsSettings(partitions=PARTITIONS, replication=brokers.replication),
        )
        self.topics = [topic.full_name(self.settings.topic_prefix) for topic in TOPICS.values()]
        self.fleet = Fleet(self._environment(), folder)
        self._seed = seed
        self._deadline = time.monotonic() + scenario.limit
        self._hurting = True
        self._feed: Feed
        self._watch: Watch

    def go(self) -> Outcome:
        """All of it. Whatever happens, no process of the run is left, and the cluster is whole."""
        started = time.monotonic()
        admin.apply(self.settings)
        self.brokers.wait_in_sync(self.topics)
        with ExitStack() as stack:
            stack.callback(self.brokers.heal)
            stack.callback(self.fleet.kill)
            for _ in range(self.scenario.annotators):
                self.fleet.start()
            self._watch = Watch(self.brokers.servers, ARTICLES_ANNOTATED.full_name(self.settings.topic_prefix))
            stack.callback(self._watch.close)
            self._feed = Feed(self.brokers.servers, ARTICLES_RAW.full_name(self.settings.topic_prefix), seed=self._seed)
            stack.callback(self._feed.close)
            try:
                self._play()
            except _FAILURES as error:
                self.wrong.append(f"{type(error).__name__}: {error}")
        verdict = Verdict()
        try:
            verdict = self._verdict()
            self.brokers.remove(self.topics)
        except (KafkaError, NotReadable) as error:
            self.wrong.append(f"not verified: {type(error).__name__}: {error}")
        return Outcome(self._feed.articles, verdict, time.monotonic() - started, self.wrong, self.notes)

    @property
    def done(self) -> int:
        """Records that are annotated, as subscribers see it."""
        return len(self._watch.seen)

    @property
    def left(self) -> int:
        """Records that are not yet annotated."""
        return len(self._feed.sent) - self.done

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Waits for `condition`. Starts annotators that have ended, and sees that there is work. Raises TimeUp."""
        while not condition():
            if time.monotonic() > self._deadline:
                raise TimeUp(f"time is up before {what}; {self.left} of {len(self._feed.sent)} records are left")
            self.fleet.tend()
            if self._hurting and self.left < _LEAST:
                self._feed.more(_ARTICLES)
            self._watch.poll(_POLL_SECONDS)

    def progress(self, records: int) -> None:
        """Returns when so many more records are annotated than now."""
        wanted = self.done + records
        self.until(lambda: self.done >= wanted, f"{records} more records are annotated")

    def under_way(self) -> None:
        """Returns at some moment in the midst of the work, which need not be that of a commit."""
        self.progress(self.chance.randint(_BATCH, 5 * _BATCH))
        # Not a wait for anything: it only moves the fault away from the commit that was just seen.
        self.pause(self.chance.uniform(0, _BATCH * self.scenario.seconds_each))

    def pause(self, seconds: float) -> None:
        """Lets time pass; annotators that end meanwhile are started again."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, "a pause is over")

    def expect(self, holds: bool, otherwise: str) -> None:
        """Notes in the outcome what should have been so."""
        if not holds:
            self.wrong.append(otherwise)

    def _play(self) -> None:
        self._feed.more(_ARTICLES)
        for _ in range(self.scenario.each):
            self.scenario.hurt(self)
            self.expect(self.left > 0, "all was done before the fault was over: the run shows nothing")
        self._hurting = False
        self._feed.settle()
        if not self.fleet.running:
            self.fleet.start()
        self.until(lambda: self.left == 0, "every article is annotated")
        self.wrong += self.fleet.stop()
        # What wakes up fenced, or loses its broker, has an end of its own; a crash would be a bug.
        crashed = [one.name for one in self.fleet.all if one.code == Ending.CRASHED]
        self.expect(not crashed, f"crashed: {', '.join(crashed)}")

    def _environment(self) -> dict[str, str]:
        return {
            "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": self.brokers.servers,
            "CLAIMWIRE_TOPIC_PREFIX": self.settings.topic_prefix,
            "CLAIMWIRE_PROCESSOR__BATCH_RECORDS": str(_BATCH),
            "CLAIMWIRE_PROCESSOR__SESSION_SECONDS": str(SESSION_SECONDS),
            "STUB_SECONDS": str(self.scenario.seconds_each),
            **self.scenario.environment,
        }

    def _verdict(self) -> Verdict:
        names = {topic.full_name(self.settings.topic_prefix): topic.name for topic in OUTPUTS}
        found = read_all(self.brokers.servers, names)
        return verify(self._feed.sent, {names[name]: records for name, records in found.items()})
