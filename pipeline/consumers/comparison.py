"""What differs between two runs, article by article. Either may be what stands live.

Both topics `articles.annotated` are read into a SQLite file first: an archive of millions of articles does not fit in
memory, and the last record of each key counts.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import orjson

from pipeline.consumers.run_results import whole
from pipeline.errors import RunUnknown, TopicMissing
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_ANNOTATED

_TABLES = """
CREATE TABLE article (
    side INTEGER, id TEXT, revision INTEGER, headline TEXT, digest BLOB, claims TEXT, partition INTEGER, at INTEGER,
    PRIMARY KEY (side, id)
) WITHOUT ROWID;
"""
_COMMIT_EVERY = 5000  # rows


class Stance(NamedTuple):
    """A stance toward one target in both runs; None: not judged there."""

    target: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True)
class ClaimDifference:
    """One claim. `stances`: those that differ, where it is in both runs."""

    id: str
    source: str
    text: str
    stances: tuple[Stance, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleDifference:
    """One article that both runs have. `added`: claims of the second alone; `gone`: of the first alone."""

    id: str
    headline: str | None
    added: tuple[ClaimDifference, ...]
    gone: tuple[ClaimDifference, ...]
    changed: tuple[ClaimDifference, ...]


@dataclass(slots=True)
class Totals:
    """Counts. `only_a`, `only_b`: articles that one side alone has; the claims are those of articles in both."""

    articles: int = 0
    only_a: int = 0
    only_b: int = 0
    differing: int = 0
    claims_same: int = 0
    claims_added: int = 0
    claims_gone: int = 0
    claims_changed: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The last record of an article on one side. `withdrawn`: a tombstone; its `revision` is the last one seen."""

    id: str
    revision: int | None
    digest: bytes
    withdrawn: bool
    partition: int
    offset: int


@dataclass
class Comparison:
    """Runs `a` and `b`; None is what stands live. Use as a context manager: it keeps a file while it is open."""

    settings: Settings
    a: str | None
    b: str | None
    totals: Totals = field(default_factory=Totals)

    def __enter__(self) -> Self:
        """Reads both. Raises RunUnknown, BrokerUnavailable."""
        self._folder = tempfile.TemporaryDirectory(prefix="claimwire-compare-")
        self._database = sqlite3.connect(Path(self._folder.name, "articles.sqlite"))
        try:
            # A file that nobody will read again after this process.
            self._database.execute("PRAGMA journal_mode = OFF")
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.executescript(_TABLES)
            self._read(0, self.a)
            self._read(1, self.b)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    def differences(self) -> Iterator[ArticleDifference]:
        """The articles that differ, in the order of their ids. `totals` are complete after the last one."""
        totals = self.totals = Totals()
        (totals.only_a,) = self._database.execute(_ONLY, (0, 1)).fetchone()
        (totals.only_b,) = self._database.execute(_ONLY, (1, 0)).fetchone()
        for article, headline, a, b, same in self._database.execute(_BOTH):
            totals.articles += 1
            before: dict[str, Any] = orjson.loads(a)
            after = before if same else orjson.loads(b)
            difference = _compared(article, headline, before, after)
            totals.claims_added += len(difference.added)
            totals.claims_gone += len(difference.gone)
            totals.claims_changed += len(difference.changed)
            totals.claims_same += len(after) - len(difference.added) - len(difference.changed)
            if difference.added or difference.gone or difference.changed:
                totals.differing += 1
                yield difference

    def pairs(self) -> Iterator[tuple[Standing | None, Standing]]:
        """Each article of the second run with what the first has of it, withdrawn ones too."""
        for row in self._database.execute(_PAIRS):
            article, theirs, ours = row[0], row[1:6], row[6:]
            there = ours[3] is not None  # its partition
            yield _standing(article, ours) if there else None, _standing(article, theirs)

    def _read(self, side: int, run: str | None) -> None:
        try:
            for count, record in enumerate(whole(self.settings, ARTICLES_ANNOTATED, run), 1):
                key = (record.key or b"").decode("utf-8", "replace")
                if record.value is None:
                    self._database.execute(_WITHDRAWN, (side, key, record.partition, record.offset))
                else:
                    article = orjson.loads(record.value)
                    row = (side, key, article["revision"], article["headline"], digest(article), _claims(article))
                    self._database.execute(_STANDS, (*row, record.partition, record.offset))
                if count % _COMMIT_EVERY == 0:
                    self._database.commit()
        except TopicMissing:
            if run is None:
                raise
            raise RunUnknown(run) from None
        self._database.commit()


_STANDS = "INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_WITHDRAWN = """
INSERT INTO article VALUES (?, ?, NULL, NULL, x'', NULL, ?, ?)
ON CONFLICT DO UPDATE SET digest = x'', claims = NULL, partition = excluded.partition, at = excluded.at
"""
_ONLY = """
SELECT count(*) FROM article AS one WHERE side = ? AND claims IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM article WHERE side = ? AND id = one.id AND claims IS NOT NULL)
"""
_BOTH = """
SELECT b.id, b.headline, a.claims, b.claims, a.claims = b.claims FROM article AS b
    JOIN article AS a ON a.side = 0 AND a.id = b.id
    WHERE b.side = 1 AND a.claims IS NOT NULL AND b.claims IS NOT NULL ORDER BY b.id
"""
_PAIRS = """
SELECT b.id, b.revision, b.digest, b.claims IS NULL, b.partition, b.at,
    a.revision, a.digest, a.claims IS NULL, a.partition, a.at FROM article AS b
    LEFT JOIN article AS a ON a.side = 0 AND a.id = b.id
    WHERE b.side = 1 ORDER BY b.id
"""


def digest(article: dict[str, Any]) -> bytes:
    """Of an annotated article, but for where its raw record stood. `article`: JSON values; its origins are removed."""
    for claim in article["claims"]:
        claim["origin"] = None
    return hashlib.sha256(orjson.dumps(article, option=orjson.OPT_SORT_KEYS)).digest()


def _standing(id: str, row: tuple[Any, ...]) -> Standing:
    revision, found, withdrawn, partition, offset = row
    return Standing(id, revision, found, bool(withdrawn), partition, offset)


def _claims(article: dict[str, Any]) -> str:
    """What is compared of each claim, by its id."""
    compared = {
        claim["id"]: {
            "source": claim["source"]["name"] or claim["source"]["text"],
            "text": claim["content"]["text"],
            "stances": {
                stance["target"]["id"]: [stance["target"]["text"], stance["label"]] for stance in claim["stances"]
            },
        }
        for claim in article["claims"]
    }
    return orjson.dumps(compared, option=orjson.OPT_SORT_KEYS).decode()


def _compared(id: str, headline: str | None, before: dict[str, Any], after: dict[str, Any]) -> ArticleDifference:
    changed = []
    for claim in after.keys() & before.keys():
        stances = tuple(_stances(before[claim]["stances"], after[claim]["stances"]))
        if stances:
            changed.append(_claim(claim, after[claim], stances))
    return ArticleDifference(
        id,
        headline,
        tuple(_claim(claim, after[claim]) for claim in sorted(after.keys() - before.keys())),
        tuple(_claim(claim, before[claim]) for claim in sorted(before.keys() - after.keys())),
        tuple(sorted(changed, key=lambda one: one.id)),
    )


def _claim(id: str, claim: dict[str, Any], stances: tuple[Stance, ...] = ()) -> ClaimDifference:
    return ClaimDifference(id, claim["source"], claim["text"], stances)


def _stances(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Stance]:
    for target in sorted(before.keys() | after.keys()):
        a, b = before.get(target), after.get(target)
        if a is None or b is None or a[1] != b[1]:
            yield Stance((b or a or [""])[0], a and a[1], b and b[1])
