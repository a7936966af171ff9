"""How large a record each topic takes."""

from pipeline.settings import Settings
from pipeline.topics import TOPICS
from pipeline.wire.connection import largest_record
from pipeline.wire.outgoing import Destination

_DEFAULT = 1_000_000  # bytes; a broker takes 1,048,588 where the topic does not say more


def largest_records(settings: Settings, destination: Destination) -> dict[str, int]:
    """Bytes of the largest record of each topic, by its full name."""
    return {
        topic.full_name(destination.prefix, destination.run): largest_record(settings)
        if "max.message.bytes" in topic.configs
        else _DEFAULT
        for topic in TOPICS.values()
    }
