"""Reading a topic as typed records."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.consumers.filters import Filters
from pipeline.errors import UndecodableRecord
from pipeline.records import Record
from pipeline.settings import Settings
from pipeline.topics import Topic
from pipeline.wire import tracing
from pipeline.wire.codec import decode
from pipeline.wire.consumer import receive
from pipeline.wire.received import Received
from pipeline.wire.start import Start

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """One record of a topic. `record` None: a tombstone, which withdraws what was last sent under `key`.

    `received`: as it lies on the topic, with its bytes, partition, offset, time and headers.
    """

    key: str
    record: Record | None
    received: Received


def subscribe(
    topic: Topic,
    *,
    settings: Settings,
    start: Start = Start(),  # noqa: B008 (frozen)
    follow: bool = False,
    group: str | None = None,
    filters: Filters = Filters(),  # noqa: B008 (frozen)
    run: str | None = None,
) -> Iterator[Message]:
    """The records of `topic` that are committed and pass `filters`, each partition in order.

    `start`, `follow` and `group`: as of `wire.consumer.receive`. `run`: the topic of that replay run. With filters, a
    tombstone is given where a record of its key was given before. A record that is not what the topic holds (something
    else wrote there) is logged and passed over. Raises BrokerUnavailable, TopicMissing, SettingsInvalid.
    """
    if topic.value is None:
        raise ValueError(f"{topic.name} holds bytes as received, not records")
    filters.check(topic.value)
    given: set[str] = set()
    name = topic.full_name(settings.topic_prefix, run)
    for received in receive(name, settings=settings, start=start, follow=follow, group=group):
        key = (received.key or b"").decode("utf-8", "replace")
        if received.value is None:
            if not filters or key in given:
                yield Message(key, None, received)
            continue
        try:
            record: Record = decode(topic.value, received.value)
        except UndecodableRecord as error:
            _log.warning("%s, partition %d, offset %d: %s", name, received.partition, received.offset, error.message)
            continue
        if filters and not filters.match(record):
            continue
        if filters:
            given.add(key)
        tracing.received(received)
        yield Message(key, record, received)
