"""What an article's new revision changes on the wire: what it says now, and tombstones for what it no longer says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import ArticleTooLarge
from pipeline.formats import Withdrawal
from pipeline.processors.comparables import comparables, withdrawn
from pipeline.processors.decoding import Wish
from pipeline.records import AnnotatedArticle, Article
from pipeline.topics import ARTICLES_ANNOTATED, CLAIMS, ENTITIES
from pipeline.wire import tracing
from pipeline.wire.outgoing import Destination, Outgoing, entity_key, outputs, tombstone
from pipeline.wire.received import Received
from pipeline.wire.standing import Standing

_FRAMING = 512  # bytes that a record's framing may take beside key, value and headers


@dataclass(slots=True)
class Changes:
    """The records that one raw record becomes, in order, and what then stands for the articles in it (None:
    nothing)."""

    outgoing: list[Outgoing] = field(default_factory=list)
    standing: list[tuple[int, str, Standing | None]] = field(
        default_factory=list
    )  # index in `outgoing`, article, state

    def extend(self, later: "Changes") -> None:
        """Appends what `later` changes."""
        self.standing += [(len(self.outgoing) + index, article, state) for index, article, state in later.standing]
        self.outgoing += later.outgoing


class Ledger:
    """What stands for each article as a batch goes through it: `before`, then changed record by record."""

    def __init__(
        self, before: Mapping[str, Standing | None], destination: Destination, largest: Mapping[str, int]
    ) -> None:
        """`largest`: bytes of the largest record of each topic, by full name."""
        self._standing: dict[str, Standing | None] = dict(before)
        self._destination = destination
        self._largest = largest

    def supersedes(self, wish: Wish) -> bool:
        """Whether `wish` changes anything: a late older revision does not, nor does the withdrawal of nothing."""
        if isinstance(wish, Withdrawal):
            standing = self._standing.get(wish.article_id)
            return standing is not None and (wish.revision is None or wish.revision >= standing.revision)
        standing = self._standing.get(wish.id)
        return standing is None or wish.revision >= standing.revision

    def stands(self, article: Article) -> bool:
        """Whether something of this revision stands."""
        standing = self._standing.get(article.id)
        return standing is not None and standing.revision == article.revision

    def releases(self, article: Article, *, corrects: bool) -> bool:
        """Whether an article whose embargo has ended is to stand: not if a newer revision does meanwhile.

        Nor if the same revision does, which was sent without an embargo then; except where it stood already when this
        one came (`corrects`).
        """
        return self.supersedes(article) and (corrects or not self.stands(article))

    def annotate(self, annotated: AnnotatedArticle, record: Received, changes: Changes) -> None:
        """`annotated` stands from now on. Raises ArticleTooLarge where a topic cannot take what it became."""
        where: Any = {
            "origin": record.origin,
            "destination": self._destination,
            "received": tracing.passed_on(record.headers),
        }
        made = [*outputs(annotated, **where), *comparables(annotated, **where)]
        for outgoing in made:
            self._check_size(outgoing)
        now = Standing(
            annotated.revision,
            tuple(sorted({claim.id for claim in annotated.claims})),
            tuple(sorted({entity.id for entity in annotated.entities})),
        )
        gone = self._gone(annotated.id, now)
        # outputs() puts the article first.
        changes.standing.append((len(changes.outgoing), annotated.id, now))
        changes.outgoing += [*made, *gone]
        self._standing[annotated.id] = now

    def withdraw(self, withdrawal: Withdrawal, changes: Changes) -> None:
        """Nothing of the article stands from now on."""
        article = withdrawal.article_id
        gone = self._gone(article, Standing(0, (), ()))
        last = tombstone(ARTICLES_ANNOTATED, article.encode(), article=article, destination=self._destination)
        changes.standing.append((len(changes.outgoing), article, None))
        changes.outgoing += [last, *gone]
        self._standing[article] = None

    def _gone(self, article: str, now: Standing) -> list[Outgoing]:
        before = self._standing.get(article)
        if before is None:
            return []
        claims = sorted(set(before.claims) - set(now.claims))
        entities = sorted(set(before.entities) - set(now.entities))
        keys = [(CLAIMS, claim.encode()) for claim in claims]
        keys += [(ENTITIES, entity_key(article, entity)) for entity in entities]
        gone = [tombstone(topic, each, article=article, destination=self._destination) for topic, each in keys]
        return [*gone, *withdrawn(claims, self._destination)]

    def _check_size(self, outgoing: Outgoing) -> None:
        headers = sum(len(name) + len(data or b"") for name, data in outgoing.headers)
        size = len(outgoing.key or b"") + len(outgoing.value or b"") + headers + _FRAMING
        limit = self._largest[outgoing.topic]
        if size > limit:
            raise ArticleTooLarge(size, limit, "bytes")
