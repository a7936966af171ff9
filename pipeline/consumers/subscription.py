"""Reading a topic as typed records, by iteration or by asynchronous iteration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeAlias, TypedDict, TypeVar, Unpack, overload

from pipeline.consumers.filters import Filters
from pipeline.errors import OptionsInvalid, UndecodableRecord
from pipeline.records import (
    AnnotatedArticle,
    Claim,
    EntityRecord,
    Proposition,
    Record,
    Relation,
    Stance,
    StanceName,
    Target,
)
from pipeline.settings import Settings
from pipeline.settings_loading import load
from pipeline.topics import ARTICLES_ANNOTATED, CLAIMS, ENTITIES, PROPOSITIONS, RELATIONS, STANCES, TARGETS, Topic
from pipeline.wire import tracing
from pipeline.wire.codec import decode
from pipeline.wire.consumer import Checkpoints, receive_or_idle
from pipeline.wire.received import Received
from pipeline.wire.start import Start

_log = logging.getLogger(__name__)

T = TypeVar("T", bound=Record)
R = TypeVar("R")
S = TypeVar("S", bound=str)

From: TypeAlias = Start | str | datetime | int | Mapping[int, int]
"""Where to begin: "beginning", "now", a time (or its text), an offset, or an offset for each partition."""

TOPICS: dict[str, Topic] = {
    "articles": ARTICLES_ANNOTATED,
    "claims": CLAIMS,
    "entities": ENTITIES,
    "relations": RELATIONS,
    "propositions": PROPOSITIONS,
    "stances": STANCES,
    "targets": TARGETS,
}
"""What can be subscribed to, by the name that subscribers use."""


@dataclass(frozen=True, slots=True)
class Message(Generic[T]):
    """One record of a topic. `record` None: a tombstone, which withdraws what was last sent under `key`.

    `received`: as it lies on the topic, with its bytes, partition, offset, time and headers.
    """

    key: str
    record: T | None
    received: Received


class Subscription(Generic[T]):
    """The messages of a topic: iterate over it with `for` or `async for`, once.

    Leaving the loop closes it; so does `with` or `async with` around it, or `close()`. It belongs to one thread, or
    one task.
    """

    def __init__(
        self,
        topic: Topic,
        *,
        settings: Settings,
        start: Start,
        follow: bool,
        group: str | None,
        filters: Filters,
        run: str | None,
        checkpoints: Checkpoints | None,
    ) -> None:
        self._topic = topic
        self._name = topic.full_name(settings.topic_prefix, run)
        self._filters = filters
        self._checkpoints = checkpoints
        self._given: set[str] = set()
        self._positions: dict[int, int] = {}
        self._executor: Executor | None = None
        self._polled = receive_or_idle(
            self._name, settings=settings, start=start, follow=follow, group=group, checkpoints=checkpoints
        )

    @property
    def positions(self) -> dict[int, int]:
        """The offset after what has been given, of each partition from which anything was: what a program keeps with
        its own data, and gives as `start` the next time."""
        return dict(self._positions)

    def commit(self) -> None:
        """Everything given so far is done with: its group goes on after it. Only with `group` and `commit="manual"`.

        Raises BrokerUnavailable.
        """
        self._manual().commit()

    async def commit_async(self) -> None:
        """As `commit`, for the asynchronous form."""
        await self._in_thread(self._manual().commit)

    def close(self) -> None:
        """Ends reading; a group forgets this member."""
        self._polled.close()

    async def aclose(self) -> None:
        """As `close`, for the asynchronous form: waits for what goes on in its thread, half a second at most."""
        await asyncio.shield(self._in_thread(self._polled.close))
        if self._executor is not None:
            self._executor.shutdown(wait=False)
            self._executor = None

    def __iter__(self) -> Iterator[Message[T]]:
        try:
            for received in self._polled:
                message = self._message(received)
                if message is not None:
                    yield message
        finally:
            self.close()

    async def __aiter__(self) -> AsyncIterator[Message[T]]:
        try:
            while (polled := await asyncio.shield(self._in_thread(self._next))) != ():
                message = self._message(*polled)
                if message is not None:
                    yield message
        finally:
            await self.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _next(self) -> tuple[Received | None] | tuple[()]:
        """What came next; empty at the end."""
        try:
            return (next(self._polled),)
        except StopIteration:
            return ()

    def _message(self, received: Received | None) -> Message[T] | None:
        """The message to give, where there is one."""
        if received is None:
            return None
        self._positions[received.partition] = received.offset + 1
        key = (received.key or b"").decode("utf-8", "replace")
        if received.value is None:
            return Message(key, None, received) if not self._filters or key in self._given else None
        assert self._topic.value is not None  # subscribe() looked
        try:
            record: Any = decode(self._topic.value, received.value)
        except UndecodableRecord as error:
            place = f"{self._name}, partition {received.partition}, offset {received.offset}"
            _log.warning("%s: %s", place, error.message)
            return None
        if self._filters:
            if not self._filters.match(record):
                return None
            self._given.add(key)
        tracing.received(received)
        return Message(key, record, received)

    def _manual(self) -> Checkpoints:
        if self._checkpoints is None:
            raise ValueError('commit() is for subscribe(…, group=…, commit="manual")')
        return self._checkpoints

    async def _in_thread(self, function: Callable[[], R]) -> R:
        # One thread: Kafka's client is not made for several.
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="subscription")
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)


class Options(TypedDict, total=False):
    """What `subscribe` may be told beside the topic."""

    settings: Settings | None
    start: From
    follow: bool
    group: str | None
    commit: Literal["auto", "manual"]
    run: str | None
    source: str | Iterable[str]
    entity: str | Iterable[str]
    publisher: str | Iterable[str]
    stance: StanceName | Iterable[StanceName]
    target: str | Iterable[str]
    filters: Filters


# One overload for each topic, so that a type checker knows what a record is.
@overload
def subscribe(topic: Literal["claims"], **options: Unpack[Options]) -> Subscription[Claim]: ...
@overload
def subscribe(topic: Literal["articles"], **options: Unpack[Options]) -> Subscription[AnnotatedArticle]: ...
@overload
def subscribe(topic: Literal["entities"], **options: Unpack[Options]) -> Subscription[EntityRecord]: ...
@overload
def subscribe(topic: Literal["relations"], **options: Unpack[Options]) -> Subscription[Relation]: ...
@overload
def subscribe(topic: Literal["propositions"], **options: Unpack[Options]) -> Subscription[Proposition]: ...
@overload
def subscribe(topic: Literal["stances"], **options: Unpack[Options]) -> Subscription[Stance]: ...
@overload
def subscribe(topic: Literal["targets"], **options: Unpack[Options]) -> Subscription[Target]: ...
@overload
def subscribe(topic: str | Topic, **options: Unpack[Options]) -> Subscription[Any]: ...


def subscribe(
    topic: str | Topic,
    **options: Unpack[Options],
) -> Subscription[Any]:
    """The records of `topic` that are committed and pass the filters, each partition in order.

    `topic`: "claims", "articles", "entities", "stances", "relations", "propositions", "targets".
    `settings`: by default those that the
    command would use (`claimwire.toml`, the environment). `start`: where to begin (see From). Ends where the topic
    ends, unless `follow`: then it waits for more, through outages. `run`: the topic of that replay run.

    `group`: share the partitions with the other members of that consumer group, and continue where it left off; `start`
    is for partitions that it never read. A record counts as read when the next one is asked for, or with
    `commit="manual"` when `commit()` says so: after a crash, what does not count comes again.

    Filters: a record passes if it meets each that is given; one is met by any of its values. What each means is said
    by Filters, which `filters` takes whole. With filters, a tombstone is given where a record of its key was given
    before. A record that is not what the topic holds (something else wrote there) is logged and passed over.

    Raises OptionsInvalid, ValueError; iterating raises BrokerUnavailable, TopicMissing.
    """
    found = TOPICS.get(topic) if isinstance(topic, str) else topic
    if found is None:
        raise OptionsInvalid([f"topic: one of {', '.join(TOPICS)}, not {topic}"])
    if found.value is None:
        raise ValueError(f"{found.name} holds bytes as received, not records")
    group, manual = options.get("group"), options.get("commit") == "manual"
    if manual and group is None:
        raise ValueError("commit() says how far a group is: give group=…")
    filters = options.get("filters") or Filters(
        source=_several(options.get("source", ())),
        entity=_several(options.get("entity", ())),
        publisher=_several(options.get("publisher", ())),
        stance=_several(options.get("stance", ())),
        target=_several(options.get("target", ())),
    )
    filters.check(found.value)
    return Subscription(
        found,
        settings=options.get("settings") or load(),
        start=Start.of(options.get("start", "beginning")),
        follow=options.get("follow", False),
        group=group,
        filters=filters,
        run=options.get("run"),
        checkpoints=Checkpoints() if manual else None,
    )


def _several(values: S | Iterable[S]) -> tuple[S, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
