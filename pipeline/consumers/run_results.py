"""What stands in the topics of a run, or live."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from pipeline.settings import Settings
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_EMBARGOED, DEAD_LETTERS, Topic
from pipeline.wire.consumer import receive
from pipeline.wire.dead_letters import DeadLetter
from pipeline.wire.received import Received
from pipeline.wire.start import Start


@dataclass(slots=True)
class Results:
    """Counts. `held`: articles under embargo; `dead_letters`: by reason."""

    articles: int = 0
    claims: int = 0
    held: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)


def results(settings: Settings, run: str | None = None) -> Results:
    """What a run came to, as it stands now. Raises BrokerUnavailable, TopicMissing."""
    claims: dict[bytes, int] = {}
    for record in whole(settings, ARTICLES_ANNOTATED, run):
        key = record.key or b""
        if record.value is None:
            claims.pop(key, None)
        else:
            claims[key] = len(orjson.loads(record.value)["claims"])
    held: dict[bytes, bool] = {}
    for record in whole(settings, ARTICLES_EMBARGOED, run):
        held[record.key or b""] = record.value is not None
    reasons = Counter(DeadLetter.of(record).reason for record in whole(settings, DEAD_LETTERS, run))
    return Results(len(claims), sum(claims.values()), sum(held.values()), reasons)


def standing(settings: Settings, topic: Topic, run: str | None = None) -> int:
    """How many records of a compacted topic stand. Raises BrokerUnavailable, TopicMissing."""
    latest = {record.key: record.value is not None for record in whole(settings, topic, run)}
    return sum(latest.values())


def whole(settings: Settings, topic: Topic, run: str | None) -> Iterator[Received]:
    """Every committed record of a topic until its present end, each partition in order."""
    return receive(topic.full_name(settings.topic_prefix, run), settings=settings, start=Start())
