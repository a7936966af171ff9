"""Claims handed on to be compared with those of other articles: what the annotator writes for the relations processor.

A claim goes once to each partition that an entity of it belongs to. A withdrawal goes to all of them: where the claim
went is not remembered.
"""

from collections.abc import Iterable
from dataclasses import replace

from pipeline.language import likeness
from pipeline.language.aboutness import about, subjects
from pipeline.records import AnnotatedArticle, ComparableClaim, Origin
from pipeline.topics import CLAIMS_BY_ENTITY
from pipeline.wire.codec import encode
from pipeline.wire.headers import event_headers
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.partition import partition_for


def comparables(
    annotated: AnnotatedArticle,
    *,
    origin: Origin,
    destination: Destination,
    received: Iterable[tuple[str, bytes]] = (),
) -> list[Outgoing]:
    """One record for each claim and partition. The arguments are those of `outputs`."""
    name = CLAIMS_BY_ENTITY.full_name(destination.prefix, destination.run)
    count = destination.partitions[name]
    topical = subjects(annotated)
    signature = likeness.encode(likeness.signature(annotated.text)) if annotated.claims else ""
    made: list[Outgoing] = []
    for claim in annotated.claims:
        entities = about(claim, topical)
        if not entities:
            continue
        record = ComparableClaim(
            replace(claim, origin=origin), entities, annotated.published_at or origin.timestamp, signature
        )
        value = encode(record)
        headers = event_headers(
            type=CLAIMS_BY_ENTITY.event,
            source=f"/claimwire/annotator/{annotated.annotator.version}",
            id=f"{claim.id}@{annotated.revision}",
            time=origin.timestamp,
            received=received,
        )
        partitions = sorted({partition_for(entity.id.encode(), count) for entity in entities})
        made += [Outgoing(name, claim.id.encode(), value, headers, partition) for partition in partitions]
    return made


def withdrawn(claims: Iterable[str], destination: Destination) -> list[Outgoing]:
    """The withdrawal of these claims (their ids)."""
    name = CLAIMS_BY_ENTITY.full_name(destination.prefix, destination.run)
    return [
        Outgoing(name, claim.encode(), None, [], partition)
        for claim in claims
        for partition in range(destination.partitions[name])
    ]
