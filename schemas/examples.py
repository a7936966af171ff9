"""One example of each record, about one invented story. Ids and spans are those that the pipeline would give."""

from datetime import UTC, datetime

from pipeline.ids import article_id, claim_id, entity_id, proposition_id, relation_id, target_id
from pipeline.records import (
    AnnotatedArticle,
    Annotator,
    Article,
    ArticleRef,
    Claim,
    ClaimRef,
    ComparableClaim,
    Content,
    ContentForm,
    Cue,
    Entity,
    EntityRecord,
    EntityRef,
    EntityType,
    Mention,
    Origin,
    Proposition,
    PropositionRef,
    Record,
    Relation,
    Run,
    Source,
    Span,
    Stance,
    StanceLabel,
    StanceTarget,
    Target,
    Voice,
)

_URL = "https://sorrelcourier.example/news/ferry-talks"
_HEADLINE = "Union and mayor disagree over ferry talks"
_BODY = (
    "“There is no progress in the talks with Nordhaven Lines,” Tomas Brandeis told reporters. "
    "Mayor Adaeze Lindqvist said that the talks with Nordhaven Lines had moved forward."
)

ARTICLE = Article(
    id=article_id(url=_URL, headline=_HEADLINE, body=_BODY),
    url=_URL,
    publisher="Sorrel Courier",
    headline=_HEADLINE,
    authors=("Ines Calloway",),
    published_at=datetime(2026, 3, 2, 7, 40, tzinfo=UTC),
    body=_BODY,
    language="en",
    extra={"section": "islands"},
)
EMPTY = Article(id=ARTICLE.id, url=_URL)
"""What is refused."""

ANNOTATOR = Annotator("0.1.0", {"tokens": "sha256:" + "3f" * 32, "stance": "sha256:" + "a8" * 32})
ORIGIN = Origin("claimwire.articles.raw", 2, 4711, datetime(2026, 3, 2, 7, 41, 12, 306000, tzinfo=UTC))


def _spans(words: str) -> tuple[Span, ...]:
    start = ARTICLE.text.index(words)
    return ((start, start + len(words)),)


def _entity(name: str, type: EntityType) -> Entity:
    (span,) = _spans(name)
    return Entity(entity_id(name, type), name, type, (Mention(name, span),))


_BRANDEIS = _entity("Tomas Brandeis", "Person")
_LINDQVIST = _entity("Adaeze Lindqvist", "Person")
_LINES = _entity("Nordhaven Lines", "Organization")
_LINES_REF = EntityRef(_LINES.id, _LINES.name, _LINES.type)


def _claim(content: str, form: ContentForm, source: str, speaker: Entity, cue: str, confidence: float) -> Claim:
    return Claim(
        id=claim_id(ARTICLE.id, content=content, source=source, cue=cue, occurrence=0),
        article=ArticleRef.of(ARTICLE),
        source=Source(source, _spans(source), speaker.name, "person", speaker.id),
        cue=Cue(cue, _spans(cue)),
        content=Content(content, _spans(content), form),
        entities=(_LINES_REF,),
        stances=(StanceLabel(StanceTarget("entity", _LINES.id, _LINES.name), "neutral", 0.71),),
        confidence=confidence,
        annotator=ANNOTATOR,
        origin=ORIGIN,
    )


CLAIM = _claim(
    "There is no progress in the talks with Nordhaven Lines", "direct", "Tomas Brandeis", _BRANDEIS, "told", 0.94
)
_MOVING = _claim(
    "the talks with Nordhaven Lines had moved forward",
    "indirect",
    "Mayor Adaeze Lindqvist",
    _LINDQVIST,
    "said that",
    0.91,
)
_PROPOSITION = "The ferry talks make progress"
_TARGET = Target(target_id(_PROPOSITION), _PROPOSITION, datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
_PAIR = sorted((CLAIM, _MOVING), key=lambda claim: claim.id)

ANNOTATED = AnnotatedArticle(
    id=ARTICLE.id,
    url=ARTICLE.url,
    publisher=ARTICLE.publisher,
    headline=ARTICLE.headline,
    authors=ARTICLE.authors,
    published_at=ARTICLE.published_at,
    language=ARTICLE.language,
    revision=ARTICLE.revision,
    extra=ARTICLE.extra,
    text=ARTICLE.text,
    entities=(_BRANDEIS, _LINDQVIST, _LINES),
    claims=(CLAIM, _MOVING),
    annotator=ANNOTATOR,
)

EXAMPLES: dict[type, Record] = {
    Article: ARTICLE,
    AnnotatedArticle: ANNOTATED,
    EntityRecord: EntityRecord(
        _BRANDEIS.id, ArticleRef.of(ARTICLE), _BRANDEIS.name, _BRANDEIS.type, _BRANDEIS.mentions, ANNOTATOR, ORIGIN
    ),
    Claim: CLAIM,
    Target: _TARGET,
    Stance: Stance(
        ClaimRef.of(CLAIM),
        StanceTarget("proposition", _TARGET.id, _TARGET.text),
        "against",
        0.93,
        ANNOTATOR,
        ORIGIN,
    ),
    Relation: Relation(
        relation_id(CLAIM.id, _MOVING.id),
        "contradict",
        0.88,
        (ClaimRef.of(_PAIR[0]), ClaimRef.of(_PAIR[1])),
        (_LINES_REF,),
        ANNOTATOR,
    ),
    ComparableClaim: ComparableClaim(CLAIM, (_LINES_REF,), ARTICLE.published_at or ORIGIN.timestamp, "q80rPw=="),
    Proposition: Proposition(
        proposition_id(CLAIM.id),
        CLAIM.content.text,
        (
            Voice("Tomas Brandeis", "favor", (ClaimRef.of(CLAIM),), ("Sorrel Courier",)),
            Voice("Adaeze Lindqvist", "against", (ClaimRef.of(_MOVING),), ("Sorrel Courier",)),
        ),
        (_LINES_REF,),
        datetime(2026, 3, 2, 7, 40, tzinfo=UTC),
        datetime(2026, 3, 2, 7, 40, tzinfo=UTC),
        1,
        True,
        (PropositionRef(proposition_id(_MOVING.id), _MOVING.content.text),),
    ),
    Run: Run(
        name="may",
        created_at=datetime(2026, 6, 1, 9, 0, tzinfo=UTC),
        archive=("/archive/2026-05",),
        fingerprint="5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
        file=31,
        ends={"0": 1204, "1": 1178},
        sent=2380,
        skipped={"picture": 12},
        refused={"empty": 2},
        complete=True,
    ),
}
