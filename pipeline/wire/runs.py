"""Replay runs on the wire: the topic `runs`, and how far the annotators of a run have come."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import RetriableError

from pipeline.records import Run
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW, RUNS
from pipeline.wire.admin import admin
from pipeline.wire.codec import decode, encode
from pipeline.wire.consumer import receive
from pipeline.wire.headers import event_headers
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.start import Start


def read_runs(settings: Settings) -> dict[str, Run]:
    """Every run, by name, as it was committed last. Raises BrokerUnavailable, TopicMissing."""
    found: dict[str, Run] = {}
    for record in receive(RUNS.full_name(settings.topic_prefix), settings=settings, start=Start()):
        name = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            found.pop(name, None)
        else:
            found[name] = decode(Run, record.value)
    return found


def run_record(run: Run, settings: Settings) -> Outgoing:
    """The record that says how far `run` has come."""
    headers = event_headers(
        type=RUNS.event, source="/claimwire/replay", id=f"{run.name}@{run.sent}", time=datetime.now(UTC)
    )
    return Outgoing(RUNS.full_name(settings.topic_prefix), run.name.encode(), encode(run), headers, 0)


def annotator_group(prefix: str, run: str | None = None) -> str:
    """The consumer group of the annotators, of a run or live."""
    return f"{prefix}annotator" + (f".{run}" if run else "")


class AnnotatorProgress:
    """How far the annotators of a run, or the live ones, have come in their raw topic."""

    def __init__(self, client: KafkaAdminClient, settings: Settings, run: str | None) -> None:
        self._client = client
        self._group = annotator_group(settings.topic_prefix, run)
        self._topic = ARTICLES_RAW.full_name(settings.topic_prefix, run)

    def committed(self) -> dict[str, int]:
        """The offset after what is done in each partition, as far as any is; none where nobody can say just now."""
        try:
            found: Mapping[Any, Any] = self._client.list_group_offsets(self._group).get(self._group, {})
        except RetriableError:
            # A new cluster has no coordinator before its first group; others change theirs.
            return {}
        return {
            str(part.partition): offset.offset
            for part, offset in found.items()
            if part.topic == self._topic and offset.offset >= 0
        }

    def members(self) -> int:
        """How many annotators there are now."""
        try:
            return len(self._client.describe_groups([self._group])[self._group]["members"])
        except RetriableError:
            return 0


@contextmanager
def annotator_progress(settings: Settings, run: str | None = None) -> Iterator[AnnotatorProgress]:
    """Within: how the annotators get on. Raises BrokerUnavailable."""
    with admin(settings) as client:
        yield AnnotatorProgress(client, settings, run)


def share_done(committed: Mapping[str, int], ends: Mapping[str, int], begin: Mapping[str, int] | None = None) -> float:
    """How much of what lies before `ends` (and after `begin`) is done, 0 to 1. Offsets by partition."""
    begin = begin or {}
    wanted = sum(end - begin.get(part, 0) for part, end in ends.items())
    done = sum(max(0, min(committed.get(part, 0), end) - begin.get(part, 0)) for part, end in ends.items())
    return done / wanted if wanted else 1.0


def all_done(committed: Mapping[str, int], ends: Mapping[str, int]) -> bool:
    """Whether everything before `ends` is done."""
    return all(committed.get(part, 0) >= end for part, end in ends.items())


def ends_after(ends: Mapping[str, int], sent: Iterable[tuple[int, int]]) -> dict[str, int]:
    """`ends`, moved on by what was `sent` (partition, offset)."""
    moved = dict(ends)
    for partition, offset in sent:
        moved[str(partition)] = max(moved.get(str(partition), 0), offset + 1)
    return moved
