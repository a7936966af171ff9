"""Watched propositions onto the topic `targets`."""

from datetime import UTC, datetime

from pipeline.ids import target_id
from pipeline.records import Target
from pipeline.settings import Settings
from pipeline.topics import TARGETS
from pipeline.wire.admin import partition_counts
from pipeline.wire.codec import encode
from pipeline.wire.headers import event_headers
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.producer import Producer

_SOURCE = "/claimwire/targets"


def add(settings: Settings, text: str) -> Target:
    """Watches the proposition `text` from now on. Raises BrokerUnavailable, DeliveryFailed, TopicMissing."""
    now = datetime.now(UTC)
    target = Target(target_id(text), " ".join(text.split()), now)
    headers = event_headers(type=TARGETS.event, source=_SOURCE, id=target.id, time=now)
    _send(settings, target.id, encode(target), headers)
    return target


def remove(settings: Settings, target: str) -> None:
    """Watches the target (its id) no longer. Raises BrokerUnavailable, DeliveryFailed, TopicMissing."""
    _send(settings, target, None, [])


def _send(settings: Settings, target: str, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
    name = TARGETS.full_name(settings.topic_prefix)
    destination = Destination(settings.topic_prefix, partition_counts(settings, [name]))
    name, partition = destination.place(TARGETS, target)
    with Producer(settings, client="targets") as producer:
        producer.send(Outgoing(name, target.encode(), value, headers, partition))
