"""Where reading a topic begins."""

from dataclasses import dataclass
from datetime import UTC, datetime

from kafka import KafkaConsumer, TopicPartition

BEGINNING = "beginning"
NOW = "now"


@dataclass(frozen=True, slots=True)
class Start:
    """`at`: "beginning", "now" (after all that is there), a time (the first record of that time or later), or an
    offset, which is looked for in each partition."""

    at: str | datetime | int = BEGINNING

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
        return {p: min(max(int(self.at), begin[p]), end[p]) for p in partitions}
