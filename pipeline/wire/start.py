"""Where reading a topic begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from kafka import KafkaConsumer, TopicPartition

BEGINNING = "beginning"
NOW = "now"


@dataclass(frozen=True, slots=True)
class Start:
    """`at`: "beginning", "now" (after all that is there), a time (the first record of that time or later), an offset,
    which is looked for in each partition, or an offset for each partition by its number; others begin at theirs."""

    at: str | datetime | int | Mapping[int, int] = BEGINNING

    @classmethod
    def parse(cls, text: str) -> "Start":
        """From what a person writes: beginning, now, 2024-04-08, 2024-04-08T12:30+02:00, 4711.

        A time without a zone is UTC. Raises ValueError.
        """
        if text in (BEGINNING, NOW):
            return cls(text)
        if text.isascii() and text.isdigit():
            return cls(int(text))
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is neither beginning, nor now, nor a date, nor an offset") from None
        return cls(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)

    @classmethod
    def of(cls, at: "Start | str | datetime | int | Mapping[int, int]") -> "Start":
        """From whatever a program says; a string as a person writes it, a time without a zone is UTC. Raises
        ValueError."""
        if isinstance(at, Start):
            return at
        if isinstance(at, str):
            return cls.parse(at)
        return cls(at.replace(tzinfo=UTC) if isinstance(at, datetime) and at.tzinfo is None else at)

    def offsets(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset of each partition, never outside of what there is."""
        begin = consumer.beginning_offsets(partitions)
        end = consumer.end_offsets(partitions)
        if self.at == BEGINNING:
            return dict(begin)
        if self.at == NOW:
            return dict(end)
        if isinstance(self.at, datetime):
            moment = max(0, int(self.at.timestamp() * 1000))
            found = consumer.offsets_for_times(dict.fromkeys(partitions, moment))
            return {p: found[p].offset if found.get(p) else end[p] for p in partitions}
        if isinstance(self.at, Mapping):
            return {p: min(max(self.at.get(p.partition, 0), begin[p]), end[p]) for p in partitions}
        return {p: min(max(int(self.at), begin[p]), end[p]) for p in partitions}
