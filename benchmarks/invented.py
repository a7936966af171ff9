"""Invented stories, with all that the processors would make of them, and a database filled with those."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from pipeline.consumers.database.sink import fill
from pipeline.ids import entity_id, proposition_id, relation_id, target_id
from pipeline.records import (
    AnnotatedArticle,
    Annotator,
    ArticleRef,
    Claim,
    ClaimRef,
    Content,
    Cue,
    Entity,
    EntityRecord,
    EntityRef,
    Mention,
    Proposition,
    PropositionRef,
    Record,
    Relation,
    Source,
    Stance,
    StanceLabel,
    StanceName,
    StanceTarget,
    Target,
    Voice,
)
from pipeline.topics import ARTICLES_ANNOTATED, CLAIMS, ENTITIES, PROPOSITIONS, RELATIONS, STANCES, TARGETS, Topic
from pipeline.wire.codec import encode
from pipeline.wire.received import Received

Keyed = tuple[Topic, str, Record]
"""A record, its topic and its key."""

CLAIMS_IN_A_STORY = 20
LABELS: tuple[StanceName, ...] = ("favor", "against", "neutral")
ANNOTATOR = Annotator("benchmark", {})
DAY = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """Invented stories: words, sources and entities, few of them often and many seldom, as in news."""

    def __init__(self, seed: int = 1) -> None:
        self._dice = dice = random.Random(seed)
        syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
        self.words = ["".join(dice.choices(syllables, k=dice.randint(1, 3))) for _ in range(8000)]
        self.sources = [f"{self._name()} {self._name()}" for _ in range(2000)]
        self.entities = [
            EntityRef(entity_id(name, "Organization"), name, "Organization")
            for name in (f"{self._name()} {self._name()}" for _ in range(1000))
        ]
        self.publishers = [f"The {self._name()} Post" for _ in range(40)]
        self.targets = [Target(target_id(self.sentence(6)), self.sentence(6), DAY) for _ in range(8)]

    def story(self, number: int) -> AnnotatedArticle:
        """One article with its claims."""
        at = DAY + timedelta(minutes=7 * number)
        headline, publisher = self.sentence(7), self._often(self.publishers)
        reference = ArticleRef(f"art_{number}", 1, f"https://post.example/{number}", publisher, headline, at)
        body, claims, mentions = f"{headline}\n\n", [], []
        for count in range(CLAIMS_IN_A_STORY):
            said, source, entity = self.sentence(12), self._often(self.sources), self._often(self.entities)
            start = len(body)
            body += f"{said} {entity.name}, {source} said. {self.sentence(25)}\n"
            end = start + len(said) + 1 + len(entity.name)
            mentions.append((entity, Mention(entity.name, (end - len(entity.name), end))))
            label = self._dice.choice(LABELS)
            claims.append(
                Claim(
                    f"clm_{number}_{count}",
                    reference,
                    Source(source, ((end + 2, end + 2 + len(source)),), source, "person", None),
                    Cue("said", ((end + 3 + len(source), end + 7 + len(source)),)),
                    Content(body[start:end], ((start, end),), "indirect"),
                    (entity,),
                    (StanceLabel(StanceTarget("entity", entity.id, entity.name), label, 0.8),),
                    0.9,
                    ANNOTATOR,
                )
            )
        named = {entity.id: entity for entity, _ in mentions}
        entities = tuple(
            Entity(one.id, one.name, one.type, tuple(mention for e, mention in mentions if e.id == one.id))
            for one in named.values()
        )
        return AnnotatedArticle(
            id=reference.id, url=reference.url, publisher=publisher, headline=headline, authors=(), published_at=at,
            language="en", revision=1, extra={}, text=body, entities=entities, claims=tuple(claims),
            annotator=ANNOTATOR,
        )  # fmt: skip

    def sentence(self, length: int) -> str:
        """That many words."""
        return " ".join(self._often(self.words) for _ in range(length)).capitalize()

    def chance(self, share: float) -> bool:
        """True that often."""
        return self._dice.random() < share

    def _often(self, among: list[Any]) -> Any:
        return among[int(len(among) * self._dice.random() ** 3)]

    def _name(self) -> str:
        return self._dice.choice(self.words).capitalize()


def stories(world: World, claims: int) -> Iterator[list[Keyed]]:
    """The records of one story after another, with so many claims in all; before them those of the watched targets."""
    yield [(TARGETS, target.id, target) for target in world.targets]
    previous: Claim | None = None
    for number in range(claims // CLAIMS_IN_A_STORY):
        article = world.story(number)
        yield [*of_article(article), *_related(world, article, previous)]
        previous = article.claims[0]


def of_article(article: AnnotatedArticle) -> list[Keyed]:
    """What the annotator writes: the article, its entities, its claims."""
    reference, by = ArticleRef.of(article), article.annotator
    return [
        (ARTICLES_ANNOTATED, article.id, article),
        *(
            (ENTITIES, f"{article.id}/{e.id}", EntityRecord(e.id, reference, e.name, e.type, e.mentions, by))
            for e in article.entities
        ),
        *((CLAIMS, claim.id, claim) for claim in article.claims),
    ]


def put(engine: Engine, records: Iterable[Keyed]) -> None:
    """Into the database, by the sink's own code, in one transaction."""
    by_topic: dict[str, tuple[Topic, list[Received]]] = {}
    for topic, key, record in records:
        received = Received(topic.name, 0, 0, 1_772_000_000_000, key.encode(), encode(record), [])
        by_topic.setdefault(topic.name, (topic, []))[1].append(received)
    with engine.begin() as connection:
        for topic, ones in by_topic.values():
            fill(connection, topic, ones)


def _related(world: World, article: AnnotatedArticle, previous: Claim | None) -> Iterator[Keyed]:
    """Stances toward watched targets; now and then a contradiction with the story before."""
    for claim in article.claims:
        if world.chance(0.05):
            target = world.targets[len(claim.id) % len(world.targets)]
            toward = StanceTarget("proposition", target.id, target.text)
            label = LABELS[len(claim.content.text) % 2]
            yield STANCES, f"{claim.id}/{target.id}", Stance(ClaimRef.of(claim), toward, label, 0.8, ANNOTATOR)
    if previous is None or not world.chance(0.2):
        return
    one, other = ClaimRef.of(previous), ClaimRef.of(article.claims[0])
    key = relation_id(one.id, other.id)
    yield RELATIONS, key, Relation(key, "contradict", 0.9, (one, other), previous.entities, ANNOTATOR)
    voices = (
        Voice(one.source.name or "", "favor", (one,), ("",)),
        Voice(other.source.name or "", "against", (other,), ("",)),
    )
    opposing = (PropositionRef(proposition_id(other.id), other.content.text),)
    key = proposition_id(one.id)
    made = Proposition(key, one.content.text, voices, (), DAY, other.article.published_at, 2, True, opposing)
    yield PROPOSITIONS, key, made
