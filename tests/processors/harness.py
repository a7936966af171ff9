"""Real annotator processes on a real broker, with a stub model, and what is read back from their topics."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.producer import message_accumulator
from aiokafka.producer import producer as producer_module
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import CoordinatorNotAvailableError
from pydantic import SecretStr

from pipeline.settings import Settings
from pipeline.topics import TOPICS, Topic
from pipeline.wire.connection import aiokafka, kafka_python
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.sending import send_all
from tests.wire.test_forgiving_records import RawName

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 90.0  # seconds that anything may take on a busy machine; nothing waits for it that is done before
_INPUTS = {"annotator": "articles.raw", "relations": "claims-by-entity"}
JSON = [("content-type", b"application/json")]


def story(article: str, body: str = "Anna says the bridge opens. Bert says nothing.", **fields: object) -> bytes:
    """Canonical JSON of an invented article."""
    return orjson.dumps({"id": article, "headline": f"News of {article}", "body": body, **fields})


class Wire:
    """The topics of one test. `settings`: theirs. `run`: of a replay run, whose annotator and relations processor work
    for it then; None: the live ones."""

    def __init__(self, settings: Settings, run: str | None = None) -> None:
        self.settings = settings
        self.run = run
        self.group = self._group("annotator")
        self._admin: Any = None
        self._consumers: dict[str, Any] = {}

    def name(self, topic: Topic) -> str:
        """Its full name."""
        return topic.full_name(self.settings.topic_prefix, self.run)

    def send(self, *records: tuple[bytes | None, bytes | None], **arguments: Any) -> None:
        """Raw records, as (key, value). `arguments`: of kafka-python's send."""
        producer = KafkaProducer(
            **kafka_python(self.settings, client="test"), max_request_size=32 * 1024 * 1024, acks="all"
        )
        for key, value in records:
            producer.send(self.name(TOPICS["articles.raw"]), key=key, value=value, **{"headers": JSON, **arguments})
        producer.flush()
        producer.close()

    def send_odd(self) -> None:
        """What most clients cannot send, and Kafka takes: neither key nor value; header names that are no UTF-8."""
        topic = self.name(TOPICS["articles.raw"])
        odd = Outgoing(topic, b"odd", story("odd"), [*JSON, ("null", None), (RawName(b"\xff"), b"1")], 0)  # type: ignore[list-item]

        def patched(module: Any) -> Any:
            return mock.patch.object(module, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)

        async def send() -> None:
            async with AIOKafkaProducer(**aiokafka(self.settings, client="test")) as producer:
                await send_all(producer, [Outgoing(topic, None, None, [], 0)])
                with patched(message_accumulator), patched(producer_module):
                    await send_all(producer, [odd])

        asyncio.run(send())

    def stories(self, count: int, **fields: Any) -> list[str]:
        """Sends that many articles; their ids."""
        ids = [f"a{number}" for number in range(count)]
        self.send(*((article.encode(), story(article, **fields)) for article in ids))
        return ids

    def read(self, topic: str, isolation: str = "read_committed") -> list[Any]:
        """Every record of a topic until its present end."""
        consumer = self._consumer(isolation)
        name = self.name(TOPICS[topic])
        parts = [TopicPartition(name, part) for part in consumer.partitions_for_topic(name)]
        consumer.assign(parts)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(parts)
        found: list[Any] = []
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=200).values():
                found += records
        return found

    def wait(self, topic: str, count: int, seconds: float = PATIENCE) -> list[Any]:
        """The records of a topic, once there are `count`; as many as there are after `seconds`."""
        found: list[Any] = until(lambda: self.read(topic), lambda found: len(found) >= count, seconds)
        return found

    def settled(self, seconds: float = PATIENCE, *, service: str = "annotator") -> None:
        """Returns when the group of a service has committed everything that was sent to it."""
        until(lambda: self.lag(service), lambda lag: lag == 0, seconds)
        assert self.lag(service) == 0

    def lag(self, service: str = "annotator") -> int:
        """Records of its input that the group of a service has not committed. Markers of transactions are none."""
        next_offsets = {part: offset.offset for part, offset in self.committed(service).items()}
        topic = _INPUTS[service]
        waiting: int = sum(max(0, end - next_offsets.get(part, 0)) for part, end in self._ends(topic).items())
        if topic == "articles.raw" or not waiting:  # no transactions there, and records that this client cannot read
            return waiting
        return sum(record.offset >= next_offsets.get(TopicPartition(*record[:2]), 0) for record in self.read(topic))

    def committed(self, service: str = "annotator") -> dict[TopicPartition, Any]:
        """The committed offsets of a service's group, with metadata."""
        group = self._group(service)
        if self._admin is None:
            self._admin = KafkaAdminClient(**kafka_python(self.settings, client="test"))
        try:
            found = self._admin.list_group_offsets({group: None})[group]
        except CoordinatorNotAvailableError:  # a young broker, whose first group this is
            return {}
        return {part: offset for part, offset in found.items() if offset.offset >= 0}

    def standing(self, topic: str) -> dict[bytes, Any]:
        """The last value of each key that is not withdrawn, from JSON: what a compacted topic comes to."""
        latest = {record.key: record.value for record in self.read(topic)}
        return {key: orjson.loads(value) for key, value in latest.items() if value is not None}

    def _group(self, service: str) -> str:
        return f"{self.settings.topic_prefix}{service}" + (f".{self.run}" if self.run else "")

    def _ends(self, topic: str) -> dict[TopicPartition, int]:
        consumer = self._consumer("read_uncommitted")
        name = self.name(TOPICS[topic])
        ends: dict[TopicPartition, int] = consumer.end_offsets(
            [TopicPartition(name, part) for part in consumer.partitions_for_topic(name)]
        )
        return ends

    def close(self) -> None:
        """Ends its connections."""
        for client in (*self._consumers.values(), *([self._admin] if self._admin else [])):
            client.close()

    def _consumer(self, isolation: str) -> Any:
        if isolation not in self._consumers:
            self._consumers[isolation] = KafkaConsumer(
                **kafka_python(self.settings, client="test"),
                isolation_level=isolation,
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                max_partition_fetch_bytes=32 * 1024 * 1024,
            )
        return self._consumers[isolation]


def until(look: Callable[[], Any], enough: Callable[[Any], bool], seconds: float = PATIENCE) -> Any:
    """What `look` gives, once it is `enough`, or after `seconds`."""
    deadline = time.monotonic() + seconds
    while not enough(found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


class Worker:
    """One process of a processor with a stub model: `module` runs it."""

    def __init__(self, settings: Settings, module: str, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=REPOSITORY,
                env={**os.environ, **variables(settings), **environment},
                stdout=out,
                stderr=out,
            )

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """The exit code, once it ends by itself."""
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """SIGKILL, and nothing is left."""
        self.process.kill()
        self.process.wait()

    def text(self) -> str:
        """What it logged."""
        return self.log.read_text()


def variables(settings: Settings) -> dict[str, str]:
    """The environment that gives a process these settings."""
    found: dict[str, str] = {}
    for name, value in settings.model_dump().items():
        inner: dict[str, Any] = value if isinstance(value, dict) else {"": value}
        for part, given in inner.items():
            if given is not None:
                text = given.get_secret_value() if isinstance(given, SecretStr) else str(given)
                found["__".join(filter(None, ("CLAIMWIRE_" + name, part))).upper()] = text
    return found


def annotator(wire: Wire, **environment: str) -> AbstractContextManager[Worker]:
    """An annotator, killed afterwards if it still runs. `environment`: more variables."""
    return _running(wire, "tests.processors.stub", "annotator", environment)


def relations(wire: Wire, **environment: str) -> AbstractContextManager[Worker]:
    """A relations processor, likewise."""
    return _running(wire, "tests.processors.relations_stub", "relations", environment)


@contextmanager
def _running(wire: Wire, module: str, name: str, environment: Mapping[str, str]) -> Iterator[Worker]:
    folder = wire.settings.state_dir
    folder.mkdir(parents=True, exist_ok=True)
    if wire.run is not None:
        name, environment = f"{name}.{wire.run}", {"STUB_RUN": wire.run, **environment}
    worker = Worker(wire.settings, module, environment, folder / f"{name}.log")
    try:
        yield worker
    finally:
        worker.kill()
