"""A database with an invented event in it, filled as the sink would, without Kafka."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from benchmarks.invented import Keyed, of_article
from benchmarks.invented import put as fill
from pipeline.ids import claim_id, entity_id, proposition_id, relation_id, target_id
from pipeline.records import (
    AnnotatedArticle,
    Annotator,
    ArticleRef,
    Claim,
    ClaimRef,
    Content,
    Cue,
    Entity,
    EntityRef,
    Mention,
    Proposition,
    PropositionRef,
    Relation,
    Source,
    Stance,
    StanceLabel,
    StanceName,
    StanceTarget,
    Target,
    Voice,
)
from pipeline.topics import PROPOSITIONS, RELATIONS, STANCES, TARGETS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANNOTATOR = Annotator("0.1.0", {"tokens": "sha256:00"})
LINES = EntityRef(entity_id("Nordhaven Lines", "Organization"), "Nordhaven Lines", "Organization")
TARGET = Target(target_id("A ferry deal is close"), "A ferry deal is close", NOON)


class Sink:
    """A sink that has nothing to do."""

    problem = ""
    catching_up = False

    def status(self) -> dict[str, Any]:
        """Some lag."""
        return {"lag": [{"topic": "claimwire.claims", "partition": 0, "lag": 12}], "rate": 3.5}


class Watch:
    """A watch that has seen two dead letters."""

    def status(self) -> dict[str, Any]:
        """Some figures."""
        lag = [{"topic": "claimwire.articles.raw", "partition": 1, "lag": 7}]
        letters = [{"reason": "undecodable", "stage": "decode", "count": 2}]
        run = {"name": "may", "created_at": NOON, "sent": 1200, "refused": 3, "complete": True, "annotated": 0.42}
        sending = {**run, "name": "june", "complete": False, "annotated": None}
        groups = [{"group": "claimwire.annotator", "lag": lag}]
        return {"groups": groups, "dead_letters": letters, "runs": [sending, run]}


def article(
    number: int, text: str, quotes: Iterable[tuple[str, str, str, StanceName]], **fields: Any
) -> AnnotatedArticle:
    """An article of `text`, headline and body; `quotes`: source, cue, content as they stand there, and a stance."""
    headline, _, _ = text.partition("\n\n")
    given = {
        "id": f"art_{number}",
        "url": f"https://straitpost.example/{number}",
        "publisher": "The Strait Post",
        "headline": headline,
        "published_at": NOON + timedelta(hours=7 * number),
        **fields,
    }
    reference = ArticleRef(given["id"], 1, given["url"], given["publisher"], given["headline"], given["published_at"])

    def place(words: str, near: int = 0) -> tuple[tuple[int, int], ...]:
        starts = [start for start in range(len(text)) if words and text.startswith(words, start)]
        start = min(starts, key=lambda start: abs(start - near), default=None)
        return () if start is None else ((start, start + len(words)),)

    def claim(source: str, cue: str, content: str, stance: StanceName) -> Claim:
        toward = StanceTarget("entity", LINES.id, LINES.name)
        spans = place(content)
        near = spans[0][0] if spans else 0
        return Claim(
            claim_id(given["id"], content=content, source=source, cue=cue, occurrence=0),
            reference,
            Source(source, place(source, near), source or None, "person", None),
            Cue(
                cue,
                place(cue, near),
            ),
            Content(content, spans, "direct"),
            (LINES,),
            (StanceLabel(toward, stance, 0.8),),
            0.9,
            ANNOTATOR,
        )

    mentions = tuple(
        Mention(LINES.name, (start, start + len(LINES.name)))
        for start in range(len(text))
        if text.startswith(LINES.name, start)
    )
    return AnnotatedArticle(
        **given,
        authors=("A. Writer",),
        language="en",
        revision=1,
        extra={},
        text=text,
        entities=(Entity(LINES.id, LINES.name, LINES.type, mentions),),
        claims=tuple(claim(*quote) for quote in quotes),
        annotator=ANNOTATOR,
    )


STALLED = article(
    1,
    "No progress in ferry talks\n\n“There is no progress yet,” said Tomas Brandeis. Nordhaven Lines said that Brandeis "
    "had claimed “a breakthrough is near” before.\nThe talks go on.",
    (
        ("Tomas Brandeis", "said", "There is no progress yet", "against"),
        ("Nordhaven Lines", "said", "Brandeis had claimed “a breakthrough is near” before", "favor"),
        ("Brandeis", "claimed", "a breakthrough is near", "neutral"),
    ),
)
MOVING = article(
    2,
    "Mediator hails progress\n\n“Some progress has been made,” Adaeze Lindqvist told reporters about Nordhaven Lines.",
    (("Adaeze Lindqvist", "told", "Some progress has been made", "favor"),),
    publisher="Sorrel Courier",
)


def put(engine: Engine, *articles: AnnotatedArticle) -> None:
    """Articles with their claims and entities."""
    fill(engine, [record for one in articles for record in of_article(one)])


def relate(engine: Engine, one: Claim, other: Claim, *, words: str = "Some progress has been made") -> None:
    """A contradiction, the proposition that it is about, and the stances of both toward a watched target."""
    refs = ClaimRef.of(one), ClaimRef.of(other)
    relation = Relation(relation_id(one.id, other.id), "contradict", 0.91, refs, (LINES,), ANNOTATOR)
    toward = StanceTarget("proposition", TARGET.id, TARGET.text)
    labels: tuple[StanceName, StanceName] = ("against", "favor")
    stances: list[Keyed] = [
        (STANCES, f"{claim.id}/{TARGET.id}", Stance(ref, toward, label, 0.77, ANNOTATOR))
        for claim, ref, label in zip((one, other), refs, labels, strict=True)
    ]
    records: list[Keyed] = [(RELATIONS, relation.id, relation), (TARGETS, TARGET.id, TARGET)]
    fill(engine, [*records, *stances, *_propositions(words, *refs)])


def _propositions(words: str, one: ClaimRef, other: ClaimRef) -> list[Keyed]:
    """What `other` says, which `one` denies, and the other way round."""

    def made(said: ClaimRef, text: str, denied: ClaimRef, denial: str) -> Proposition:
        def voice(ref: ClaimRef, stance: StanceName) -> Voice:
            return Voice(ref.source.name or "", stance, (ref,), (ref.article.publisher or "",))

        voices = voice(said, "favor"), voice(denied, "against")
        opposing = PropositionRef(proposition_id(denied.id), denial)
        return Proposition(proposition_id(said.id), text, voices, (LINES,), NOON, None, 2, True, (opposing,))

    both = made(other, words, one, one.content.text), made(one, one.content.text, other, words)
    return [(PROPOSITIONS, proposition.id, proposition) for proposition in both]


def populate(engine: Engine) -> None:
    """Two stories, whose sources contradict each other."""
    put(engine, STALLED, MOVING)
    relate(engine, STALLED.claims[0], MOVING.claims[0])


def hostile(payload: str, number: int = 99) -> AnnotatedArticle:
    """An article that carries `payload` wherever words of others go."""
    text = f"{payload}\n\n{payload} said {payload}\nNordhaven Lines {payload}"
    made = article(
        number,
        text,
        ((payload, payload, payload, "against"),),
        url=payload,
        publisher=payload,
        id=f"art_{number}{payload}",
    )
    named = replace(made.entities[0], name=payload, id=f"ent{payload}")
    toward = StanceLabel(StanceTarget("entity", f"ent{payload}", payload), "against", 0.5)
    claims = tuple(
        replace(claim, entities=(EntityRef(named.id, payload, "Misc"),), stances=(toward,)) for claim in made.claims
    )
    return replace(made, entities=(named,), claims=claims, authors=(payload,))
