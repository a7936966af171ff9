"""The typed values of the wire. Field names and nesting are the published JSON: renaming one breaks subscribers.

Frozen standard-library dataclasses: orjson writes them natively; `wire.codec.decode` validates what comes in.
Spans are [start, end) in Unicode code points of `AnnotatedArticle.text`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, JsonValue

EntityType: TypeAlias = Literal[
    "Person", "Organization", "Location", "Facility", "NORP", "Product", "Date", "Money", "Misc"
]
SourceKind: TypeAlias = Literal["person", "organisation", "unnamed", "document", "none"]
ContentForm: TypeAlias = Literal["direct", "indirect", "mixed"]
StanceName: TypeAlias = Literal["favor", "against", "neutral"]
TargetKind: TypeAlias = Literal["entity", "proposition"]
RelationName: TypeAlias = Literal["agree", "contradict"]
RelationKind: TypeAlias = Literal["between-sources", "repetition", "reversal"]


def _in_utc(moment: datetime) -> datetime:
    """A time without a zone counts as UTC: most feeds that leave it out mean that."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the years 1 to 9999 in UTC") from None


def _ordered(span: tuple[int, int]) -> tuple[int, int]:
    if not 0 <= span[0] <= span[1]:
        raise ValueError("a span needs 0 <= start <= end")
    return span


Timestamp: TypeAlias = Annotated[datetime, AfterValidator(_in_utc)]
Probability: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]
Count: TypeAlias = Annotated[int, Field(ge=0)]
Revision: TypeAlias = Annotated[int, Field(ge=1)]
Span: TypeAlias = Annotated[tuple[Count, Count], AfterValidator(_ordered)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A news article as received, in canonical form."""

    id: str
    url: str | None = None
    publisher: str | None = None
    headline: str | None = None
    authors: tuple[str, ...] = ()
    published_at: Timestamp | None = None
    body: str = ""
    language: str | None = None  # BCP 47
    revision: Revision = 1
    extra: dict[str, JsonValue] = field(default_factory=dict)  # what the input format said beyond these fields

    @property
    def text(self) -> str:
        """What is annotated, and what every span counts in: headline, two newlines, body.

        Without a headline the body exactly as received; without a body the headline.
        """
        return "\n\n".join(part for part in (self.headline, self.body) if part)

    @property
    def embargoed_until(self) -> datetime | None:
        """When the article may be published, where `extra` sets a time; the end of the year 9999: no end is known."""
        value = self.extra.get("embargoed_until")
        if value is None:
            return None
        try:
            return _in_utc(datetime.fromisoformat(str(value)))
        except ValueError:
            return datetime.max.replace(tzinfo=UTC)  # better late than too early


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """The article of a claim: enough to cite it without a second look-up.

    `syndicated_from`: the id of the article that this one is a reprint of. Relations and propositions say it, which
    have seen both; claims do not.
    """

    id: str
    revision: Revision = 1
    url: str | None = None
    publisher: str | None = None
    headline: str | None = None
    published_at: Timestamp | None = None
    syndicated_from: str | None = None

    @classmethod
    def of(cls, article: "Article | AnnotatedArticle") -> "ArticleRef":
        """The reference to `article`."""
        return cls(article.id, article.revision, article.url, article.publisher, article.headline, article.published_at)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where an entity is named."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of one article. `name`: its fullest name there."""

    id: str
    name: str
    type: EntityType
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class EntityRef:
    """An entity without its mentions."""

    id: str
    name: str
    type: EntityType


@dataclass(frozen=True, slots=True)
class Source:
    """Who says it. `kind` "none": nobody is named, `text` is empty and `spans` is ().

    `name`: the canonical name within the article where the text supports one, else None. `entity`: an entity id.
    """

    text: str
    spans: tuple[Span, ...]
    name: str | None
    kind: SourceKind
    entity: str | None


@dataclass(frozen=True, slots=True)
class Cue:
    """The words of saying ("told", "according to"). A quotation without any has an empty text and no spans."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What is said. `form`: all of it inside quotation marks, none, or some. `denied`: the source says that it is not
    so ("denied that he had known of it")."""

    text: str
    spans: tuple[Span, ...]
    form: ContentForm
    denied: bool = False


@dataclass(frozen=True, slots=True)
class StanceTarget:
    """What a stance is about: an entity (its id and name) or a watched proposition (its id and words)."""

    kind: TargetKind
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class StanceLabel:
    """The stance of a claim toward one target; `confidence` is calibrated."""

    target: StanceTarget
    label: StanceName
    confidence: Probability


@dataclass(frozen=True, slots=True)
class Annotator:
    """What made an annotation. `models`: role ("tokens", "stance") to "sha256:<hex>" of the weights."""

    version: str
    models: dict[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """The record on the wire that an annotation came from. `timestamp`: the record's own."""

    topic: str
    partition: Count
    offset: Count
    timestamp: Timestamp


@dataclass(frozen=True, slots=True)
class Claim:
    """Who says what, about whom, for or against (topic `claims`). `origin` is None outside Kafka."""

    id: str
    article: ArticleRef
    source: Source
    cue: Cue
    content: Content
    entities: tuple[EntityRef, ...]
    stances: tuple[StanceLabel, ...]
    confidence: Probability
    annotator: Annotator
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedArticle:
    """An article's text and every annotation (topic `articles.annotated`): `Article` without its body."""

    id: str
    url: str | None
    publisher: str | None
    headline: str | None
    authors: tuple[str, ...]
    published_at: Timestamp | None
    language: str | None
    revision: Revision
    extra: dict[str, JsonValue]
    text: str
    entities: tuple[Entity, ...]
    claims: tuple[Claim, ...]
    annotator: Annotator


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """One entity of one article (topic `entities`)."""

    id: str
    article: ArticleRef
    name: str
    type: EntityType
    mentions: tuple[Mention, ...]
    annotator: Annotator
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ClaimRef:
    """A claim inside a stance or a relation: who says what, and where."""

    id: str
    article: ArticleRef
    source: Source
    content: Content

    @classmethod
    def of(cls, claim: Claim) -> "ClaimRef":
        """The reference to `claim`."""
        return cls(claim.id, claim.article, claim.source, claim.content)


@dataclass(frozen=True, slots=True)
class Target:
    """A proposition that users watch (topic `targets`)."""

    id: str
    text: str
    created_at: Timestamp


@dataclass(frozen=True, slots=True)
class Stance:
    """The stance of one claim toward one watched target (topic `stances`)."""

    claim: ClaimRef
    target: StanceTarget
    label: StanceName
    confidence: Probability
    annotator: Annotator
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ComparableClaim:
    """A claim as it is handed on to be compared with others (topic `claims-by-entity`).

    `about`: what the claim, or else its article, is about; never empty. `time`: when the article was published, or
    where it does not say, when it came. `likeness`: MinHash of the article's text, in base64 (see language.likeness).
    """

    claim: Claim
    about: tuple[EntityRef, ...]
    time: Timestamp
    likeness: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Two claims about the same proposition (topic `relations`).

    `kind`: what one source says in two articles is a "repetition", or where it contradicts itself, a "reversal".
    `score`: probability of `label`.
    `claims` are in the order of their ids; `entities`: those that both are about, never empty.
    """

    id: str
    label: RelationName
    score: Probability
    claims: tuple[ClaimRef, ClaimRef]
    entities: tuple[EntityRef, ...]
    annotator: Annotator
    kind: RelationKind = "between-sources"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A replay of history into topics of its own, as far as it has come (topic `runs`).

    Each record is written in the transaction that also sends what it counts.
    """

    name: str
    created_at: Timestamp
    archive: tuple[str, ...] = ()  # files and folders that it reads; none: it reads `articles.raw`
    format: str | None = None  # of every file of the archive
    since: Timestamp | None = None  # of `articles.raw`: the first record of that time or later
    until: Timestamp | None = None
    fingerprint: str = ""  # of the archive's files
    file: Count = 0  # files of the archive that are read whole
    item: Count = 0  # items that are read of the next one
    next: dict[str, Count] = field(default_factory=dict)  # partition of `articles.raw`: the offset to go on from
    stop: dict[str, Count] = field(default_factory=dict)  # partition of `articles.raw`: the offset to stop before
    ends: dict[str, Count] = field(default_factory=dict)  # partition of the run's raw topic: where what was sent ends
    sent: Count = 0
    withdrawn: Count = 0
    skipped: dict[str, Count] = field(default_factory=dict)  # items by reason
    refused: dict[str, Count] = field(default_factory=dict)  # items by reason; none of them was sent
    complete: bool = False  # everything was sent


@dataclass(frozen=True, slots=True)
class Voice:
    """One source on a proposition. `stance`: "favor" who says it, "against" who contradicts it.

    `claims`: what it says, the earliest first. `publishers`: who reports that, each once.
    """

    source: str
    stance: StanceName
    claims: tuple[ClaimRef, ...]
    publishers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PropositionRef:
    """A proposition inside another record. `text`: its representative wording."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Proposition:
    """What several claims say (topic `propositions`): they agree with each other, directly or through others.

    `text`: the wording of the claim that most others agree with. `first_at`, `last_at`: of its articles, where they say
    when they were published. `publishers`: how many report it, reprints of one story counted once. `contested`: whether
    a claim contradicts it; `opposing`: the propositions that do.
    """

    id: str
    text: str
    voices: tuple[Voice, ...]
    entities: tuple[EntityRef, ...]
    first_at: Timestamp | None
    last_at: Timestamp | None
    publishers: Count
    contested: bool
    opposing: tuple[PropositionRef, ...]


Record: TypeAlias = (
    Article | AnnotatedArticle | EntityRecord | Claim | ComparableClaim | Target | Stance | Relation | Proposition | Run
)
"""Every value that a topic holds as JSON."""


class DeadLetterHeader(StrEnum):
    """Header names on `dead-letters`: key and value are the bytes as received, so all else is said here.

    Values are UTF-8 text; numbers are decimal. They follow the headers that the record came with, kept as they were.
    The names say what those of Spring Kafka (`kafka_dlt-…`) and Kafka Connect (`__connect.errors.…`) say.
    """

    REASON = "claimwire-reason"  # ArticleRefused.reason, or "error" for a failure of the processor itself
    MESSAGE = "claimwire-exception-message"  # at most 300 characters; never quotes the article
    EXCEPTION = "claimwire-exception-class"  # its full name
    ITEM = "claimwire-item"  # which items of the record; absent when it is the whole record
    STAGE = "claimwire-stage"  # what the processor was doing: "decode", "annotate", …
    ATTEMPTS = "claimwire-attempts"  # how often it was tried, this time included
    VERSION = "claimwire-version"  # of claimwire
    TIME = "claimwire-time"  # when it was given up; RFC 3339, UTC
    TOPIC = "claimwire-origin-topic"
    PARTITION = "claimwire-origin-partition"
    OFFSET = "claimwire-origin-offset"
    TIMESTAMP = "claimwire-origin-timestamp"  # RFC 3339, UTC
    GROUP = "claimwire-origin-consumer-group"
    OMITTED = "claimwire-value-omitted"  # bytes of a value too large for this topic; it is still at its origin
