"""One run: articles sent, annotators at work, something hurt, and a verdict."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kafka import KafkaProducer

from pipeline.settings import KafkaSettings, Settings, TopicsSettings
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_RAW, CLAIMS, DEAD_LETTERS, ENTITIES, TOPICS
from pipeline.wire import admin
from tests.faults.annotators import Fleet
from tests.faults.articles import Sent, articles
from tests.faults.brokers import Brokers, Kind
from tests.faults.reading import Watch, read_all
from tests.faults.verifier import Verdict, verify

OUTPUTS = (ARTICLES_ANNOTATED, ENTITIES, CLAIMS, DEAD_LETTERS)
PARTITIONS = 4
SESSION_SECONDS = 3.0
_POLL_SECONDS = 0.05
_BATCH = 16  # records


class TimeUp(Exception):
    """A condition did not come about in the time of a run."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A row of the table. `fault`: in words; `times`: runs of it in the whole table.

    `hurt`: does it, in a run whose annotators (`annotators` of them) have begun to work; `articles`: how many, each of
    which takes `seconds_each`; `limit`: seconds that a run may take in all. `short`: runs of it in `make test`.
    `environment`: more variables of the annotators. `obstacle`: says why it cannot run on this machine, or nothing.
    """

    name: str
    fault: str
    times: int
    hurt: "Callable[[Run], None]"
    brokers: Kind = "one"
    annotators: int = 1
    articles: int = 200
    seconds_each: float = 0.02
    limit: float = 150.0
    short: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    obstacle: Callable[[], str | None] = lambda: None


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
        self.fleet = Fleet(self._environment(), folder)
        self.sent: list[Sent] = articles(scenario.articles, seed)
        self._deadline = time.monotonic() + scenario.limit
        self._watch: Watch | None = None

    def go(self) -> Outcome:
        """All of it. Whatever happens, no process of the run is left, and the cluster is whole."""
        started = time.monotonic()
        admin.apply(self.settings)
        self.brokers.wait_in_sync([self.settings.topic_prefix + topic for topic in TOPICS])
        self._watch = Watch(self.brokers.servers, ARTICLES_ANNOTATED.full_name(self.settings.topic_prefix))
        try:
            for _ in range(self.scenario.annotators):
                self.fleet.start()
            self._send()
            self.scenario.hurt(self)
            self.until(lambda: self.left == 0, "every article is annotated")
            self.wrong += self.fleet.stop()
        except (TimeUp, RuntimeError) as error:
            self.wrong.append(str(error))
        finally:
            self.fleet.kill()
            self._watch.close()
            self.brokers.heal()
        return Outcome(
            len({one.article for one in self.sent}), self._verdict(), time.monotonic() - started, self.wrong, self.notes
        )

    @property
    def left(self) -> int:
        """Records that are not yet annotated."""
        assert self._watch is not None
        return len(self.sent) - len(self._watch.seen)

    def until(self, condition: Callable[[], bool], what: str, *, tend: bool = True) -> None:
        """Waits for `condition`, and starts annotators that have ended, unless not to `tend` to them. Raises TimeUp."""
        assert self._watch is not None
        while not condition():
            if time.monotonic() > self._deadline:
                raise TimeUp(f"time is up before {what}; {self.left} of {len(self.sent)} records are left")
            if tend:
                self.fleet.tend()
            self._watch.poll(_POLL_SECONDS)

    def under_way(self, low: float = 0.1, high: float = 0.5) -> None:
        """Returns at some moment between these shares of the work, which need not be that of a commit."""
        share = self.chance.uniform(low, high) * len(self.sent)
        self.until(lambda: len(self.sent) - self.left >= share, f"{share:.0f} records are annotated")
        # Not a wait for anything: it only moves the fault away from the commit that was just seen.
        self.pause(self.chance.uniform(0, _BATCH * self.scenario.seconds_each))
        self.expect(self.left > 0, "all was done before the fault came: the run shows nothing")

    def pause(self, seconds: float) -> None:
        """Lets time pass; annotators that end meanwhile are started again."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, "a pause is over")

    def expect(self, holds: bool, otherwise: str) -> None:
        """Notes in the outcome what should have been so."""
        if not holds:
            self.wrong.append(otherwise)

    def _environment(self) -> dict[str, str]:
        return {
            "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": self.brokers.servers,
            "CLAIMWIRE_TOPIC_PREFIX": self.settings.topic_prefix,
            "CLAIMWIRE_PROCESSOR__BATCH_RECORDS": str(_BATCH),
            "CLAIMWIRE_PROCESSOR__SESSION_SECONDS": str(SESSION_SECONDS),
            "STUB_SECONDS": str(self.scenario.seconds_each),
            "STUB_SUPERVISED": "1",
            **self.scenario.environment,
        }

    def _send(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self.brokers.servers.split(","), acks="all", enable_idempotence=True, linger_ms=20
        )
        try:
            topic = ARTICLES_RAW.full_name(self.settings.topic_prefix)
            sending = [producer.send(topic, value=one.value, key=one.key) for one in self.sent]
            for future in sending:
                future.get(60)
        finally:
            producer.close(10)

    def _verdict(self) -> Verdict:
        names = {topic.full_name(self.settings.topic_prefix): topic.name for topic in OUTPUTS}
        found = read_all(self.brokers.servers, names)
        verdict = verify(self.sent, {names[name]: records for name, records in found.items()})
        self._remove_topics()
        return verdict

    def _remove_topics(self) -> None:
        self.brokers.remove([topic.full_name(self.settings.topic_prefix) for topic in TOPICS.values()])
