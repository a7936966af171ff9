"""Saying in a record which registered schema it was written by: the setting `schema_registry.headers`.

In Confluent's form, so that its deserializers find the schema while the value stays plain JSON: the header
`__value_schema_id`, a byte 1 and the schema's GUID; where the registry has no GUIDs, a byte 0 and the id as four
bytes, the form that it has before a value. Its deserializers tell them apart by the first byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer

from pipeline.contract.subjects import subject
from pipeline.errors import SchemaNotRegistered
from pipeline.settings import Settings
from pipeline.topics import TOPICS, Topic
from pipeline.wire.headers import Headers

if TYPE_CHECKING:
    from pipeline.contract.registry import Registered, Registry

HEADER = "__value_schema_id"


class SchemaIds:
    """The header of each topic, asked for once. Nothing is asked, and there is none, unless the setting is on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, Headers] = {}

    def load(self, topics: Iterable[str]) -> None:
        """Asks for these topics (full names), so that `headers` need not wait.

        Raises RegistryUnavailable, RegistryRefused, SchemaNotRegistered.
        """
        if not self._settings.schema_registry.headers:
            return
        # Brings an HTTP client, which hardly anybody needs who sends a record.
        from pipeline.contract.registry import Registry

        wanted = {name: _topic(name, self._settings.topic_prefix) for name in topics}
        self._known |= {name: [] for name in wanted}
        with Registry(self._settings.schema_registry) as registry:
            for name, topic in wanted.items():
                if topic is not None:
                    self._known[name] = [(HEADER, _found(registry, topic, self._settings))]

    def headers(self, topic: str, value: bytes | None) -> Headers:
        """What is added to the headers of a record on `topic` (its full name). A tombstone has no schema.

        Raises as `load`, where the topic was not asked for before.
        """
        if value is None or not self._settings.schema_registry.headers:
            return []
        if topic not in self._known:
            self.load([topic])
        return self._known[topic]


class IdentifyingProducer(AIOKafkaProducer):  # type: ignore[misc]
    """aiokafka's producer, whose records say their schema."""

    def __init__(self, ids: SchemaIds, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._ids = ids

    async def send(self, topic: str, value: bytes | None = None, **arguments: Any) -> Any:
        """As aiokafka's. The ids must have been loaded: this does not wait for a registry."""
        headers = [*(arguments.pop("headers", None) or ()), *self._ids.headers(topic, value)]
        return await super().send(topic, value, headers=headers, **arguments)


def encoded(registered: Registered) -> bytes:
    """The header's value."""
    if registered.guid is not None:
        return b"\x01" + registered.guid.bytes
    return b"\x00" + registered.id.to_bytes(4, "big")


def _found(registry: Registry, topic: Topic, settings: Settings) -> bytes:
    wanted = subject(topic, settings)
    registered = registry.find(wanted)
    if registered is None:
        raise SchemaNotRegistered(wanted.name)
    return encoded(registered)


def _topic(name: str, prefix: str) -> Topic | None:
    """The topic of this full name, of a replay run too, if it holds JSON."""
    short = name.removeprefix(prefix)
    topic = TOPICS.get(short) or TOPICS.get(short.rpartition(".")[0])
    return topic if topic is not None and topic.value is not None else None
