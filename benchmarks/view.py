"""How fast the page is over a large database: `python -m benchmarks.view --claims 100000 --clients 16`.

Fills a database with invented claims through the sink's own code, serves the page from a process of its own, and asks
for each page from several clients at a time.
"""

import argparse
import http.client
import multiprocessing
import random
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Engine, func, select, text

from pipeline.consumers.database import schema
from pipeline.consumers.database.connection import begin_rebuilding, connect, end_rebuilding, prepare, shown
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
from pipeline.settings import ViewSettings
from pipeline.topics import (
    ARTICLES_ANNOTATED,
    CLAIMS,
    ENTITIES,
    PROPOSITIONS,
    RELATIONS,
    STANCES,
    TARGETS,
    TOPICS,
    Topic,
)
from pipeline.wire.codec import encode
from pipeline.wire.received import Received

PREFIX = "benchmark."
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


def populate(engine: Engine, claims: int) -> float:
    """Fills the database as a sink does, in batches. Returns rows of claims a second."""
    world, seconds, stories = World(), 0.0, claims // CLAIMS_IN_A_STORY
    previous: Claim | None = None
    for first in range(0, stories, 25):
        batch: dict[str, list[tuple[str, Record]]] = {}
        for number in range(first, min(first + 25, stories)):
            article = world.story(number)
            batch.setdefault(ARTICLES_ANNOTATED.name, []).append((article.id, article))
            batch.setdefault(CLAIMS.name, []).extend((claim.id, claim) for claim in article.claims)
            batch.setdefault(ENTITIES.name, []).extend(
                (
                    f"{article.id}/{e.id}",
                    EntityRecord(e.id, ArticleRef.of(article), e.name, e.type, e.mentions, ANNOTATOR),
                )
                for e in article.entities
            )
            for topic, records in _related(world, article, previous):
                batch.setdefault(topic.name, []).extend(records)
            previous = article.claims[0]
        received = [(TOPICS[name], list(_received(TOPICS[name], records))) for name, records in batch.items()]
        began = time.monotonic()
        with engine.begin() as connection:
            for topic, records in received:
                fill(connection, topic, records)
        seconds += time.monotonic() - began
    with engine.begin() as connection:
        fill(connection, TARGETS, list(_received(TARGETS, [(target.id, target) for target in world.targets])))
        connection.execute(text("ANALYZE"))
    return claims / seconds


def _related(world: World, article: AnnotatedArticle, previous: Claim | None) -> Iterator[tuple[Topic, list[Any]]]:
    """Stances toward watched targets; now and then a contradiction with the story before."""
    for claim in article.claims:
        if world.chance(0.05):
            target = world.targets[len(claim.id) % len(world.targets)]
            toward = StanceTarget("proposition", target.id, target.text)
            label = LABELS[len(claim.content.text) % 2]
            yield STANCES, [(f"{claim.id}/{target.id}", Stance(ClaimRef.of(claim), toward, label, 0.8, ANNOTATOR))]
    if previous is None or not world.chance(0.2):
        return
    one, other = ClaimRef.of(previous), ClaimRef.of(article.claims[0])
    key = relation_id(one.id, other.id)
    yield RELATIONS, [(key, Relation(key, "contradict", 0.9, (one, other), previous.entities, ANNOTATOR))]
    voices = (
        Voice(one.source.name or "", "favor", (one,), ("",)),
        Voice(other.source.name or "", "against", (other,), ("",)),
    )
    opposing = (PropositionRef(proposition_id(other.id), other.content.text),)
    key = proposition_id(one.id)
    made = Proposition(key, one.content.text, voices, (), DAY, other.article.published_at, 2, True, opposing)
    yield PROPOSITIONS, [(key, made)]


def _received(topic: Topic, records: list[tuple[str, Record]]) -> Iterator[Received]:
    for key, record in records:
        yield Received(topic.name, 0, 0, 1_770_000_000_000, key.encode(), encode(record), [])


def addresses(engine: Engine) -> dict[str, str]:
    """The pages to ask for: of what there is most."""
    world = World()
    with engine.connect() as connection:

        def most(column: Any) -> str:
            count = func.count().label("number")
            return str(connection.execute(select(column).group_by(column).order_by(count.desc()).limit(1)).scalar())

        source, entity = most(schema.claims.c.source_key), most(schema.claim_entities.c.entity_id)
        target = most(schema.stances.c.target_id)
    return {
        "live": "/live",
        "live, by source": f"/live?source={quote(source)}",
        "live, nothing fits": "/live?source=nobody+at+all",
        "story": "/story?id=art_17",
        "sources": "/sources",
        "source": f"/source?name={quote(source)}",
        "entities": "/entities",
        "entity": f"/entity?id={quote(entity)}",
        "contested": "/contested",
        "targets": "/targets",
        "target": f"/target?id={quote(target)}",
        "search, common word": f"/search?q={world.words[0]}",
        "search, rare word": f"/search?q={world.words[-1]}",
        "search, two words, by publisher": (
            f"/search?q={world.words[0]}+{world.words[5]}&publisher={quote(world.publishers[0])}"
        ),
        "search, stories": f"/search?q={world.words[100]}&kind=stories",
        "operations": "/operations",
    }


class _Still:
    problem, catching_up = "", False

    def status(self) -> dict[str, Any]:
        return {"lag": [], "rate": 0.0, "groups": [], "dead_letters": []}


def _serve(url: str, listener: socket.socket) -> None:
    import uvicorn

    from pipeline.view.app import create

    engine = connect(url, pool_size=20)
    uvicorn.Server(uvicorn.Config(create(ViewSettings(), engine, _Still(), _Still()), log_config=None)).run([listener])


def measure(site: str, address: str, clients: int, seconds: float) -> list[float]:
    """Seconds of each answer, while `clients` ask as fast as they get answers."""
    host, taken, until = urlsplit(site).netloc, [], time.monotonic() + seconds

    def ask() -> None:
        connection = http.client.HTTPConnection(host)
        while time.monotonic() < until:
            began = time.perf_counter()
            connection.request("GET", address)
            response = connection.getresponse()
            response.read()
            taken.append(time.perf_counter() - began)
            if response.status != 200:
                raise RuntimeError(f"{address}: {response.status}")
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each page")
    parser.add_argument("--url", help="an empty database, or one of an earlier run; by default a SQLite file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{Path(folder) / 'view.db'}"
        engine = connect(url)
        prepare(engine, PREFIX)
        with engine.connect() as connection:
            there = connection.execute(select(func.count()).select_from(schema.claims)).scalar_one()
        if there < given.claims:
            begin_rebuilding(engine, PREFIX)
            print(f"{given.claims:,} claims written at {populate(engine, given.claims):,.0f} claims/s")
            end_rebuilding(engine)
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = multiprocessing.get_context("fork").Process(target=_serve, args=(url, listener))
        asked = addresses(engine)
        engine.dispose()
        server.start()
        try:
            site = f"http://127.0.0.1:{listener.getsockname()[1]}"
            print(f"{shown(engine)}: {given.clients} clients, {given.seconds:g} s a page; ms")
            print(f"{'page':<34} {'alone':>7} {'median':>8} {'p99':>8} {'answers/s':>10}")
            for name, address in asked.items():
                alone = statistics.median(measure(site, address, 1, 0.5))
                taken = sorted(measure(site, address, given.clients, given.seconds))
                p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
                rate = len(taken) / given.seconds
                median = statistics.median(taken)
                print(f"{name:<34} {alone * 1e3:>7.1f} {median * 1e3:>8.0f} {p99 * 1e3:>8.0f} {rate:>10.0f}")
        finally:
            server.terminate()
            server.join()


if __name__ == "__main__":
    main()
