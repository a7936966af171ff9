"""Every topic: what it holds, how it is keyed and spread, how long it is kept. Plain data, no Kafka."""

from dataclasses import dataclass, field

from pipeline.records import (
    AnnotatedArticle,
    Article,
    Claim,
    ComparableClaim,
    EntityRecord,
    Proposition,
    Relation,
    Run,
    Stance,
    Target,
)

_DAY = 24 * 60 * 60 * 1000  # ms

# The broker's own default is 1 MiB, less than an annotated long read; the producer compresses before this counts.
_LARGE = {"max.message.bytes": str(16 * 1024 * 1024)}

# A subscriber that was away for a week still learns that a claim was withdrawn.
_COMPACTED = {"cleanup.policy": "compact", "delete.retention.ms": str(7 * _DAY), **_LARGE}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `name` is without prefix; `key` and `partitioned_by` are for people.

    `value`: the record type, or None where values are bytes as received. `event`: the `ce_type` of its records, empty
    where others write them. `partitions`: a number, or the setting of the group `topics` that says it. `grows`:
    whether partitions may be added: where older records of a key matter, they would stay where they are, and newer ones
    come elsewhere. `shared`: a replay run has none of its own and uses the live one. `configs`: Kafka's topic
    configuration, as strings.
    """

    name: str
    key: str
    partitioned_by: str
    value: type | None
    description: str
    event: str = ""
    partitions: int | str = "partitions"
    grows: bool = False
    shared: bool = False
    configs: dict[str, str] = field(default_factory=dict)

    def full_name(self, prefix: str, run: str | None = None) -> str:
        """The name on the broker: `prefix` + name, and `.run` for the topic that a replay run has of its own."""
        return f"{prefix}{self.name}" + (f".{run}" if run and not self.shared else "")


ARTICLES_RAW = Topic(
    name="articles.raw",
    key="article id, or null",
    partitioned_by="key",
    value=None,
    description="Articles as received, in any accepted format.",
    partitions="raw_partitions",
    grows=True,
    # Kept forever: a replay reads history from here.
    configs={"cleanup.policy": "delete", "retention.ms": "-1", **_LARGE},
)
ARTICLES_ANNOTATED = Topic(
    name="articles.annotated",
    key="article id",
    partitioned_by="article id",
    value=AnnotatedArticle,
    description="The text of an article and every annotation.",
    event="claimwire.article.annotated",
    configs=_COMPACTED,
)
ARTICLES_EMBARGOED = Topic(
    name="articles.embargoed",
    key="article id",
    partitioned_by="partition of the raw record",
    value=Article,
    description="Articles that are held until their embargo ends. A tombstone: released, or withdrawn.",
    event="claimwire.article.embargoed",
    configs=_COMPACTED,
)
ENTITIES = Topic(
    name="entities",
    key="article id + entity id",
    partitioned_by="article id",
    value=EntityRecord,
    description="One entity of one article: name, type, mentions.",
    event="claimwire.entity",
    configs=_COMPACTED,
)
CLAIMS = Topic(
    name="claims",
    key="claim id",
    partitioned_by="article id",
    value=Claim,
    description="Who says what, about whom, for or against. A tombstone withdraws a claim.",
    event="claimwire.claim",
    configs=_COMPACTED,
)
CLAIMS_BY_ENTITY = Topic(
    name="claims-by-entity",
    key="claim id",
    partitioned_by="entity",
    value=ComparableClaim,
    description="Claims on their way to be compared: once in each partition that an entity of theirs belongs to.",
    event="claimwire.claim.comparable",
    partitions="entity_partitions",
    configs={"cleanup.policy": "delete", "retention.ms": str(30 * _DAY), **_LARGE},
)
TARGETS = Topic(
    name="targets",
    key="target id",
    partitioned_by="key",
    value=Target,
    description="Propositions that users watch.",
    event="claimwire.target",
    # Every processor reads all of it; a few hundred records at most.
    partitions=1,
    shared=True,
    configs=_COMPACTED,
)
STANCES = Topic(
    name="stances",
    key="claim id + target id",
    partitioned_by="article id",
    value=Stance,
    description="The stance of one claim toward one watched target.",
    event="claimwire.stance",
    configs=_COMPACTED,
)
RELATIONS = Topic(
    name="relations",
    key="relation id",
    partitioned_by="a shared entity",
    value=Relation,
    description="Two claims about the same proposition, of two sources or of two times: agree or contradict.",
    event="claimwire.relation",
    partitions="entity_partitions",
    configs=_COMPACTED,
)
PROPOSITIONS = Topic(
    name="propositions",
    key="proposition id",
    partitioned_by="a shared entity",
    value=Proposition,
    description="What several claims say: who says it, who denies it, since when.",
    event="claimwire.proposition",
    partitions="entity_partitions",
    configs=_COMPACTED,
)
RUNS = Topic(
    name="runs",
    key="run name",
    partitioned_by="key",
    value=Run,
    description="Replay runs, and how far each has come.",
    event="claimwire.run",
    # Whoever asks for a run reads all of it.
    partitions=1,
    shared=True,
    configs=_COMPACTED,
)
DEAD_LETTERS = Topic(
    name="dead-letters",
    key="as received",
    partitioned_by="as received",
    value=None,
    description="What could not be processed, untouched; the headers say which record, which error, which stage.",
    grows=True,
    configs={"cleanup.policy": "delete", "retention.ms": str(30 * _DAY), **_LARGE},
)

PUBLIC = (ARTICLES_ANNOTATED, ENTITIES, CLAIMS, TARGETS, STANCES, RELATIONS, PROPOSITIONS)
"""What subscribers read. The others are received bytes, or between our own services."""

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        ARTICLES_RAW,
        ARTICLES_EMBARGOED,
        ARTICLES_ANNOTATED,
        ENTITIES,
        CLAIMS,
        CLAIMS_BY_ENTITY,
        TARGETS,
        STANCES,
        RELATIONS,
        PROPOSITIONS,
        RUNS,
        DEAD_LETTERS,
    )
}
