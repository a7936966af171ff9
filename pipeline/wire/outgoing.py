"""What an annotated article becomes on the wire. Pure: the same article from the same record gives the same bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.records import AnnotatedArticle, ArticleRef, EntityRecord, Origin
from pipeline.topics import ARTICLES_ANNOTATED, CLAIMS, ENTITIES, Topic
from pipeline.wire.codec import encode
from pipeline.wire.headers import Headers, event_headers
from pipeline.wire.partition import partition_for


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be sent. `topic`: its full name. `value` None: a tombstone. `key` None: only what came without.

    `timestamp`: ms since 1970, UTC; None for the time of sending.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where outputs go. `partitions`: how many each topic has on the broker, by full name."""

    prefix: str
    partitions: Mapping[str, int]
    run: str | None = None

    def place(self, topic: Topic, article: str) -> tuple[str, int]:
        """The full name of `topic`, and the partition there of everything about `article` (its id)."""
        name = topic.full_name(self.prefix, self.run)
        return name, partition_for(article.encode(), self.partitions[name])


def entity_key(article: str, entity: str) -> bytes:
    """The key in `entities`: both ids, since an entity has the same id in every article."""
    return f"{article}/{entity}".encode()


def outputs(
    annotated: AnnotatedArticle,
    *,
    origin: Origin,
    destination: Destination,
    received: Iterable[tuple[str, bytes]] = (),
) -> list[Outgoing]:
    """Every record that `annotated` becomes: the article, its entities, its claims.

    `origin` is the record it came from: stamped on entities and claims, and its timestamp is the time of the events.
    `received`: that record's headers.
    """
    received = list(received)
    reference = ArticleRef.of(annotated)
    claims = tuple(replace(claim, origin=origin) for claim in annotated.claims)
    source = f"/claimwire/annotator/{annotated.annotator.version}"

    def outgoing(topic: Topic, key: bytes, value: bytes) -> Outgoing:
        name, partition = destination.place(topic, annotated.id)
        event = f"{key.decode()}@{annotated.revision}"
        headers = event_headers(type=topic.event, source=source, id=event, time=origin.timestamp, received=received)
        return Outgoing(name, key, value, headers, partition)

    entities = [
        EntityRecord(entity.id, reference, entity.name, entity.type, entity.mentions, annotated.annotator, origin)
        for entity in annotated.entities
    ]
    return [
        outgoing(
            ARTICLES_ANNOTATED,
            annotated.id.encode(),
            encode(replace(annotated, claims=claims)),
        ),
        *(outgoing(ENTITIES, entity_key(annotated.id, e.id), encode(e)) for e in entities),
        *(outgoing(CLAIMS, claim.id.encode(), encode(claim)) for claim in claims),
    ]


def tombstone(topic: Topic, key: bytes, *, article: str, destination: Destination) -> Outgoing:
    """Withdraws the record with this key, which an earlier revision of `article` (its id) had made."""
    name, partition = destination.place(topic, article)
    return Outgoing(name, key, None, [], partition)
