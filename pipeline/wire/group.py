"""How far a consumer group has come."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import RetriableError

from pipeline.settings import Settings
from pipeline.wire.admin import admin, partition_counts


class GroupProgress:
    """The records of one topic that came, and that a group has read, since this was made by `group_progress`."""

    def __init__(self, client: KafkaAdminClient, group: str, partitions: list[TopicPartition]) -> None:
        self._client = client
        self._group = group
        self._partitions = partitions
        self._begin = self._ends()

    def read(self) -> int:
        """How many the group has read and committed; 0 also where nobody can say at the moment."""
        committed = self._committed()
        return sum(max(0, committed.get(partition, begin) - begin) for partition, begin in self._begin.items())

    def passed(self, offsets: Mapping[int, int]) -> bool:
        """Whether the group has committed beyond these offsets, by partition."""
        committed = {partition.partition: offset for partition, offset in self._committed().items()}
        return all(committed.get(partition, 0) > offset for partition, offset in offsets.items())

    def came(self) -> int:
        """How many came."""
        return sum(self._ends().values()) - sum(self._begin.values())

    def left(self) -> int:
        """How many there are that the group has not read and committed, older ones too. Markers of transactions count:
        of a topic that is written in transactions, some are left when all is done."""
        committed = self._committed()
        return sum(max(0, end - committed.get(partition, 0)) for partition, end in self._ends().items())

    def next_offsets(self) -> dict[int, int]:
        """By partition: of the first record that the group has not read and committed."""
        committed = self._committed()
        return {partition.partition: committed.get(partition, 0) for partition in self._partitions}

    def _committed(self) -> dict[TopicPartition, int]:
        try:
            found: Mapping[Any, Any] = self._client.list_group_offsets(self._group).get(self._group, {})
        except RetriableError:
            # A new cluster has no coordinator before its first group; others change theirs.
            return {}
        return {partition: found[partition].offset for partition in self._partitions if partition in found}

    def _ends(self) -> dict[TopicPartition, int]:
        found = self._client.list_partition_offsets(dict.fromkeys(self._partitions, OffsetSpec.LATEST))
        return {partition: found[partition].offset for partition in self._partitions}


@contextmanager
def group_progress(settings: Settings, group: str, topic: str) -> Iterator[GroupProgress]:
    """Within: how `group` gets on with `topic` (its full name). Raises BrokerUnavailable, TopicMissing."""
    partitions = [TopicPartition(topic, number) for number in range(partition_counts(settings, [topic])[topic])]
    with admin(settings) as client:
        yield GroupProgress(client, group, partitions)
