"""No silent stop: records that wait while nothing moves end the process.

Clients of Kafka are known to stop fetching a partition after a rebalance, or to leave their group, without a word. So
what this process should be doing is taken from the broker, by clients that share nothing with the one that does the
work, in a thread that a blocked event loop does not hold up: which partitions the group's coordinator has given to
this process, what the group has committed there, and whether there is a record after that.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec

from pipeline import metrics
from pipeline.settings import Settings
from pipeline.wire.connection import kafka_python

log = logging.getLogger(__name__)

_CHECKS = 6  # in the time that counts as a stall
_LONGEST_PAUSE = 10.0  # seconds between checks
_READ_MS = 3000


_TURNS = 5  # times as long as all may stand still, one partition may while others move


@dataclass(frozen=True, slots=True)
class Seen:
    """What the broker says. `assigned`: this process's partitions, None where it is no member of its group.

    `waiting`: of each partition of the topic in which records wait, the committed offset.
    """

    assigned: frozenset[TopicPartition] | None
    waiting: dict[TopicPartition, int]


class Stalls:
    """Decides, from what was seen over time, whether this process stands still. `seconds`: how long is too long.

    A process without partitions is idle, not stalled: another worker more than there are partitions. So is one
    whose records wait while it works on an article (`working`): that has its own limit.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[TopicPartition | None, tuple[int, float, int]] = {}

    def reset(self) -> None:
        """Forgets what was seen: the broker was away, or work is going on."""
        self._since.clear()

    def look(self, seen: Seen, now: float) -> TopicPartition | str | None:
        """The partition that stands still, or what else is wrong; None while all is well. `now`: seconds, monotonic."""
        if seen.assigned is None:
            current: dict[TopicPartition | None, int] = {None: 0} if seen.waiting else {}
        else:
            current = {source: offset for source, offset in seen.waiting.items() if source in seen.assigned}
        before, self._since = self._since, {}
        for source, offset in current.items():
            at, since, checks = before.get(source, (offset, now, 0))
            self._since[source] = (offset, since, checks + 1) if at == offset else (offset, now, 1)
        # While others move, one partition may wait for its turn for long: what is fetched is worked off one by one.
        moving = any(checks == 1 for _, _, checks in self._since.values()) or len(before) > len(self._since)
        patience = self._seconds * (_TURNS if moving else 1)
        for source, (_, since, checks) in self._since.items():
            # Enough looks as well: a process that was frozen for long has seen nothing in that time.
            if now - since >= patience and checks > _CHECKS // 2:
                return source if source is not None else "this process is no member of its group any more"
        return None


class StallWatch:
    """Looks at the broker now and then, and calls `stalled(why)` once.

    `client`: the client id of the consumer that is watched; `working`: whether an article is being worked on.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        group: str,
        topic: str,
        client: str,
        working: Callable[[], bool],
        stalled: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._group = group
        self._topic = topic
        self._client = client
        self._working = working
        self._stalled = stalled
        self._admin: Any = None
        self._stalls = Stalls(settings.processor.stall_seconds)

    def start(self) -> None:
        """Watches from now on, in a thread of its own."""
        threading.Thread(target=self._watch, name="stall-watch", daemon=True).start()

    def _watch(self) -> None:
        seconds = self._settings.processor.stall_seconds
        while True:
            time.sleep(min(_LONGEST_PAUSE, seconds / _CHECKS))
            try:
                why = self._look()
            except Exception as error:
                # Of a broker that does not answer, others complain.
                log.debug("cannot look for a stall: %r", error)
                self._close()
                self._stalls.reset()
                continue
            if why is not None:
                self._stalled(f"records wait, and nothing has moved for {seconds:g} s: {why}")
                return

    def _look(self) -> str | None:
        found = self._stalls.look(self._seen(), time.monotonic())
        if self._working():
            self._stalls.reset()
            return None
        if isinstance(found, TopicPartition):
            return f"{found.topic} partition {found.partition}" if self._has_record(found) else None
        return found

    def _seen(self) -> Seen:
        if self._admin is None:
            self._admin = KafkaAdminClient(**kafka_python(self._settings, client=f"{self._client}-stalls"))
        group = self._admin.describe_groups([self._group])[self._group]
        members = [member for member in group["members"] if member["client_id"] == self._client]
        assigned = None
        if members:
            assigned = frozenset(
                TopicPartition(part["topic"], partition)
                for member in members
                for part in (member["member_assignment"] or {}).get("assigned_partitions", ())
                for partition in part["partitions"]
            )
        elif group["group_state"] not in ("Stable", "Empty", "Dead"):
            assigned = frozenset()  # a rebalance is on
        (topic,) = self._admin.describe_topics([self._topic])
        sources = [TopicPartition(self._topic, part["partition_index"]) for part in topic["partitions"]]
        committed = self._admin.list_group_offsets({self._group: sources})[self._group]
        ends = self._admin.list_partition_offsets(dict.fromkeys(sources, OffsetSpec.LATEST))
        offsets = {source: max(0, committed[source].offset) if source in committed else 0 for source in sources}
        self._show_lag(
            {source: max(0, ends[source].offset - offsets[source]) for source in sources if source in (assigned or ())}
        )
        waiting = {source: offset for source, offset in offsets.items() if ends[source].offset > offset}
        return Seen(assigned, waiting)

    def _show_lag(self, lag: dict[TopicPartition, int]) -> None:
        metrics.LAG.clear()  # of partitions that are another's by now
        for source, records in lag.items():
            metrics.LAG.labels(source.topic, str(source.partition)).set(records)

    def _has_record(self, source: TopicPartition) -> bool:
        """Whether a record can be read there: what lies after the committed offset may be markers of transactions."""
        consumer = KafkaConsumer(
            **kafka_python(self._settings, client=f"{self._client}-stalls"),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        try:
            committed = self._admin.list_group_offsets({self._group: [source]})[self._group].get(source)
            consumer.assign([source])
            consumer.seek(source, max(0, committed.offset) if committed is not None else 0)
            return bool(consumer.poll(timeout_ms=_READ_MS))
        finally:
            consumer.close()

    def _close(self) -> None:
        if self._admin is not None:
            self._admin.close()
            self._admin = None
