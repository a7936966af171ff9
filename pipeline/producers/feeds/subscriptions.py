"""Which feeds are polled, when next, and what of them has been sent: one SQLite file under the state folder."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FeedUnknown
from pipeline.producers.feeds.fetching import Validators, checked

_BUSY_SECONDS = 10.0
_REMEMBERED_SECONDS = 30 * 86_400  # after an article was last in its feed
_TABLES = """
CREATE TABLE IF NOT EXISTS feed (
    url TEXT PRIMARY KEY, every REAL NOT NULL, due REAL NOT NULL, etag TEXT, last_modified TEXT,
    polled REAL, failures INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL DEFAULT '', sent INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
    url TEXT NOT NULL REFERENCES feed (url) ON DELETE CASCADE, article TEXT NOT NULL, digest BLOB NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (url, article)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed. Times are in seconds since 1970; `every` in seconds. `outcome`: of the last poll, for people.

    `failures`: polls in a row that failed; `sent`: articles, over all polls.
    """

    url: str
    every: float
    due: float
    validators: Validators
    polled: float | None
    failures: int
    outcome: str
    sent: int


class Subscriptions:
    """Use from one thread; several processes may have the file open."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / "feeds.sqlite", timeout=_BUSY_SECONDS, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA foreign_keys = ON")
        self._database.executescript(_TABLES)

    def add(self, url: str, every: float) -> bool:
        """Polls `url` from now on; False where it was polled already, and only `every` is changed.

        Raises FeedInvalid.
        """
        url = checked(url)
        known = self._database.execute("UPDATE feed SET every = ?, due = 0 WHERE url = ?", (every, url))
        if known.rowcount:
            return False
        self._database.execute("INSERT INTO feed (url, every, due) VALUES (?, ?, 0)", (url, every))
        return True

    def remove(self, url: str) -> None:
        """Polls it no more, and forgets it. Raises FeedUnknown."""
        if not self._database.execute("DELETE FROM feed WHERE url = ?", (url.strip(),)).rowcount:
            raise FeedUnknown(url)

    def all(self) -> list[Feed]:
        """Every feed, by address."""
        return list(self._feeds("ORDER BY url"))

    def due(self, now: float) -> list[Feed]:
        """Those whose time has come, the longest overdue first."""
        return list(self._feeds("WHERE due <= ? ORDER BY due", now))

    def seen(self, url: str) -> dict[str, bytes]:
        """What of the feed has been sent: id of the article to its digest."""
        rows = self._database.execute("SELECT article, digest FROM seen WHERE url = ?", (url,))
        return {str(article): bytes(digest) for article, digest in rows}

    def polled(
        self,
        url: str,
        now: float,
        *,
        due: float,
        outcome: str,
        validators: Validators | None = None,
        present: Mapping[str, bytes] | None = None,
        sent: int = 0,
        failed: bool = False,
    ) -> None:
        """Notes a poll, all or nothing; nothing where the feed was removed meanwhile.

        `validators` and `present` (articles in the feed and their digests): None for as before.
        """
        with self._transaction():
            noted = self._database.execute(
                "UPDATE feed SET polled = ?, due = ?, outcome = ?, sent = sent + ?, "
                "failures = CASE WHEN ? THEN failures + 1 ELSE 0 END WHERE url = ?",
                (now, due, outcome, sent, failed, url),
            )
            if not noted.rowcount:
                return
            if validators is not None:
                self._database.execute(
                    "UPDATE feed SET etag = ?, last_modified = ? WHERE url = ?",
                    (validators.etag, validators.last_modified, url),
                )
            self._remember(url, now, present or {})

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def _remember(self, url: str, now: float, present: Mapping[str, bytes]) -> None:
        rows: Iterable[tuple[str, str, bytes, float]] = ((url, *item, now) for item in present.items())
        self._database.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", rows)
        if present:
            self._database.execute("DELETE FROM seen WHERE url = ? AND at < ?", (url, now - _REMEMBERED_SECONDS))

    def _feeds(self, condition: str, *values: object) -> Iterator[Feed]:
        columns = "url, every, due, etag, last_modified, polled, failures, outcome, sent"
        for row in self._database.execute(f"SELECT {columns} FROM feed {condition}", values):
            url, every, due, etag, modified, polled, failures, outcome, sent = row
            yield Feed(url, every, due, Validators(etag, modified), polled, failures, outcome, sent)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


@contextmanager
def subscriptions(state_dir: Path) -> Iterator[Subscriptions]:
    """Within: the feeds of `settings.state_dir`."""
    with closing(Subscriptions(state_dir / "feeds")) as found:
        yield found
