"""One record of each type, for tests that need any."""

from datetime import UTC, datetime

from pipeline.records import (
    AnnotatedArticle,
    Annotator,
    Article,
    ArticleRef,
    Claim,
    ClaimRef,
    ComparableClaim,
    Content,
    Cue,
    Entity,
    EntityRecord,
    EntityRef,
    Mention,
    Origin,
    Proposition,
    PropositionRef,
    Record,
    Relation,
    Run,
    Source,
    Stance,
    StanceLabel,
    StanceTarget,
    Target,
    Voice,
)

NOON = datetime(2024, 4, 8, 12, tzinfo=UTC)

ARTICLE = Article(
    id="art_1",
    url="https://example.org/talks",
    publisher="Example News",
    headline="Talks in Cairo",
    authors=("A. Writer",),
    published_at=NOON,
    body="“There is no progress yet,” a Hamas official told reporters.",
    language="en",
    extra={"section": "world", "tags": ["talks", 1, None]},
)
REFERENCE = ArticleRef.of(ARTICLE)
HAMAS = EntityRef("ent_1", "Hamas", "Organization")
ANNOTATOR = Annotator("0.1.0", {"tokens": "sha256:00"})
ORIGIN = Origin("claimwire.articles.raw", 2, 4711, NOON)
CLAIM = Claim(
    id="clm_1",
    article=REFERENCE,
    source=Source("a Hamas official", ((44, 60),), "Hamas official", "unnamed", None),
    cue=Cue("told", ((61, 65),)),
    content=Content("There is no progress yet", ((17, 41),), "direct"),
    entities=(HAMAS,),
    stances=(StanceLabel(StanceTarget("entity", "ent_2", "Israel"), "against", 0.91),),
    confidence=0.87,
    annotator=ANNOTATOR,
    origin=ORIGIN,
)
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
    entities=(Entity("ent_1", "Hamas", "Organization", (Mention("Hamas", (46, 51)),)),),
    claims=(CLAIM,),
    annotator=ANNOTATOR,
)

RECORDS: tuple[Record, ...] = (
    ARTICLE,
    ANNOTATED,
    CLAIM,
    EntityRecord("ent_1", REFERENCE, "Hamas", "Organization", (Mention("Hamas", (46, 51)),), ANNOTATOR, ORIGIN),
    Target("tgt_1", "A ceasefire is close", NOON),
    Stance(ClaimRef.of(CLAIM), StanceTarget("proposition", "tgt_1", "A ceasefire is close"), "against", 0.8, ANNOTATOR),
    Relation("rel_1", "contradict", 0.9, (ClaimRef.of(CLAIM), ClaimRef.of(CLAIM)), (HAMAS,), ANNOTATOR),
    ComparableClaim(CLAIM, (HAMAS,), NOON, ""),
    Proposition(
        "prp_1",
        "There is no progress yet",
        (Voice("Hamas official", "favor", (ClaimRef.of(CLAIM),), ("Example News",)),),
        (HAMAS,),
        NOON,
        NOON,
        1,
        True,
        (PropositionRef("prp_2", "There is some progress"),),
    ),
    Run(name="may", created_at=NOON, archive=("news/",), file=1, item=7, ends={"0": 3}, sent=3, refused={"empty": 1}),
)
