"""A broker and claimwire's own commands on it, as they are run in earnest, for benchmarks."""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import processes
from benchmarks.sample import words
from pipeline.cli.child import Child
from pipeline.producers.raw import raw_record
from pipeline.records import Article
from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.topics import ARTICLES_RAW, Topic
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.group import GroupProgress as Group
from pipeline.wire.group import group_progress
from pipeline.wire.outgoing import Destination
from pipeline.wire.partition import partition_for
from pipeline.wire.producer import Producer

_LOOK_SECONDS = 0.05
_STILL_SECONDS = 300.0  # without progress, after which a benchmark gives up


@dataclass(frozen=True, slots=True)
class Cluster:
    """A broker with nothing on it, and a folder for all that services keep."""

    broker: LocalBroker
    folder: Path

    def settings(self, name: str) -> Settings:
        """Of topics of their own, which are made; `name`: their prefix."""
        kafka = KafkaSettings(bootstrap_servers=self.broker.servers)
        made = Settings(topic_prefix=f"{name}.", state_dir=self.folder / name, kafka=kafka)
        made.state_dir.mkdir(parents=True)
        admin.apply(made)
        return made

    @property
    def pid(self) -> int:
        """The broker's process."""
        assert self.broker.node.pid is not None
        return self.broker.node.pid

    def stored(self, settings: Settings, topic: Topic) -> int:
        """Bytes of a topic on the disk, compressed as its producers did, without indexes."""
        return self.stored_at(topic.full_name(settings.topic_prefix))

    def stored_at(self, name: str) -> int:
        """The same of any topic, by its full name."""
        data = self.broker.node.config.data
        return sum(file.stat().st_size for file in data.glob(f"{name}-*/*.log"))


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Within: a broker of its own."""
    with tempfile.TemporaryDirectory(prefix="claimwire-", ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary)
        with LocalBroker(BrokerSettings(port=free_port()), folder / "broker") as broker:
            yield Cluster(broker, folder)


def spread(articles: Sequence[Article], partitions: int) -> list[Article]:
    """The articles under ids by which every partition gets as many words as the next: no worker is done early."""
    loads = [0] * partitions
    placed = []
    for article in articles:
        wanted = loads.index(min(loads))
        ids = (f"{article.id}-{number}" for number in range(1000 * partitions))
        chosen = next(one for one in ids if partition_for(one.encode(), partitions) == wanted)
        placed.append(replace(article, id=chosen))
        loads[wanted] += words(article)
    return placed


def destination(settings: Settings) -> Destination:
    """Where raw articles go."""
    name = ARTICLES_RAW.full_name(settings.topic_prefix)
    return Destination(settings.topic_prefix, admin.partition_counts(settings, [name]))


def queue(settings: Settings, articles: Sequence[Article]) -> None:
    """All of them into the raw topic, as `ingest` sends them."""
    to, largest = destination(settings), settings.limits.max_record_bytes
    with Producer(settings, client="benchmark") as producer:
        for article in articles:
            producer.send(raw_record(article, to, source="/benchmark", largest=largest))


@contextmanager
def running(settings: Settings, *service: str, **more: object) -> Iterator[Child]:
    """Within: `claimwire run …` with these settings and `more` of them (`telemetry__port`)."""
    given = {
        "kafka.bootstrap_servers": settings.kafka.bootstrap_servers,
        "topic_prefix": settings.topic_prefix,
        "state_dir": settings.state_dir,
        "delivery": settings.delivery,
        **{name.replace("__", "."): value for name, value in more.items()},
    }
    flags = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    command = [sys.executable, "-m", "pipeline.cli.main", *flags, "run", *service]
    log = settings.state_dir / f"{service[0]}.log"
    patience = settings.processor.stop_seconds + 10
    with Child(service[0], command, log, patience=patience) as child:
        yield child


def workers(settings: Settings) -> list[int]:
    """The processes that do the work of the services with these settings."""
    return processes.with_words("--supervised", f"topic_prefix={settings.topic_prefix}")


Progress = list[tuple[float, int]]
"""(moment in seconds, records read and committed), one for each change, in order."""


def group(settings: Settings, service: str = "annotator", topic: Topic = ARTICLES_RAW) -> AbstractContextManager[Group]:
    """Within: how far a service is with what comes into its topic from now on."""
    return group_progress(settings, f"{settings.topic_prefix}{service}", topic.full_name(settings.topic_prefix))


def watched(progress: Group, service: Child, until: int) -> Progress:
    """How a service came to `until` records. Raises ServiceFailed where it ended, TimeoutError where it stands."""
    found: Progress = [(time.perf_counter(), 0)]
    while found[-1][1] < until:
        now = progress.read()
        if now > found[-1][1]:
            found.append((time.perf_counter(), now))
        elif time.perf_counter() - found[-1][0] > _STILL_SECONDS:
            raise TimeoutError(f"no progress in {_STILL_SECONDS:.0f} s after {now} of {until} records")
        service.check()
        time.sleep(_LOOK_SECONDS)
    return found


def steady(progress: Progress, total: int) -> float:
    """Records a second from the first commit after a quarter of them to the first after three quarters.

    All workers work then: none has yet to start, and none is done. Where there were too few commits, from the first
    to the last. Raises ValueError where there was only one.
    """
    commits = [(at, count) for at, count in progress if count]
    first = next((one for one in commits if one[1] >= 0.25 * total), commits[0])
    last = next((one for one in commits if one[1] >= 0.75 * total), commits[-1])
    if last[1] <= first[1]:
        first, last = commits[0], commits[-1]
    if last[1] == first[1]:
        raise ValueError("all articles went in one commit: more of them are needed")
    return (last[1] - first[1]) / (last[0] - first[0])
