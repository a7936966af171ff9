"""What stands on the wire for each article: its revision, and the ids of its claims and entities.

A corrected article has to withdraw what it no longer says, so the processor must know what it said before. That is in
the compacted topic `articles.annotated`; a local SQLite file per partition of that topic keeps the little of it that
is needed, and how far it has read: `position`, the offset before which all is contained. The file is a cache, never
the truth. It changes only after a transaction has committed, and rows and position change together: so it can lag
behind the topic (the process died in between), never run ahead. Before it is used it reads on to the end of the
topic.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

log = logging.getLogger(__name__)

_BUSY_MS = 10_000  # another worker of this machine may be writing to the same file
_TABLES = """
CREATE TABLE IF NOT EXISTS article (id TEXT PRIMARY KEY, revision INTEGER, claims TEXT, entities TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 0), next INTEGER NOT NULL);
INSERT OR IGNORE INTO position VALUES (0, 0);
"""


class Standing(NamedTuple):
    """What stands for one article: ids as they are in the topics, sorted."""

    revision: int
    claims: tuple[str, ...]
    entities: tuple[str, ...]


class Change(NamedTuple):
    """What a record of `articles.annotated` did. `standing` None: withdrawn."""

    offset: int
    article: str
    standing: Standing | None


class StandingStore:
    """One partition's file. Use from one thread.

    Where the disk is full or the file is damaged, the store goes on in memory, from an empty state: slower to catch up
    and larger, and as right as before. The file is tried again by the next process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _opened(str(path))
        except (sqlite3.Error, OSError) as error:
            self._database = self._in_memory(error)

    @property
    def position(self) -> int:
        """The offset before which everything in the partition is contained."""
        (position,) = self._database.execute("SELECT next FROM position").fetchone()
        return int(position)

    def of(self, articles: Iterable[str]) -> dict[str, Standing]:
        """What stands for these articles; those without anything are left out.

        Raises sqlite3.Error where the file is damaged, and removes it: the next start reads the topic anew.
        """
        try:
            return self._of(articles)
        except sqlite3.DatabaseError:
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            raise

    def _of(self, articles: Iterable[str]) -> dict[str, Standing]:
        found = {}
        for article in set(articles):
            row = self._database.execute(
                "SELECT revision, claims, entities FROM article WHERE id = ?", (article,)
            ).fetchone()
            if row is not None:
                found[article] = Standing(row[0], tuple(orjson.loads(row[1])), tuple(orjson.loads(row[2])))
        return found

    def apply(self, changes: Iterable[Change], *, end: int) -> bool:
        """Takes in all that happened between the position and `end`, in the order of its offsets; `end` is the new
        position.

        False where the disk failed: the store is empty then, and must read from the beginning.
        """
        try:
            with self._transaction():
                position = self.position
                for change in changes:
                    # Another worker of this machine may have read further meanwhile: that must not be undone.
                    if change.offset >= position:
                        self._take_in(change)
                if position < end:
                    self._database.execute("UPDATE position SET next = ?", (end,))
            return True
        except sqlite3.Error as error:
            self._database.close()
            self._database = self._in_memory(error)
            return False

    def clear(self) -> None:
        """Empties it: the topic is another one than it was."""
        with self._transaction():
            self._database.execute("DELETE FROM article")
            self._database.execute("UPDATE position SET next = 0")

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _take_in(self, change: Change) -> None:
        if change.standing is None:
            self._database.execute("DELETE FROM article WHERE id = ?", (change.article,))
            return
        revision, claims, entities = change.standing
        self._database.execute(
            "INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?)",
            (change.article, revision, orjson.dumps(claims).decode(), orjson.dumps(entities).decode()),
        )

    def _in_memory(self, error: Exception) -> sqlite3.Connection:
        log.error("%s cannot be used (%s): what stands is kept in memory until the next start", self._path, error)
        return _opened(":memory:")


def change(offset: int, key: bytes, value: bytes | None) -> Change:
    """From a record of `articles.annotated`, which this program wrote."""
    article = key.decode()
    if value is None:
        return Change(offset, article, None)
    annotated: Mapping[str, list[Mapping[str, str]]] = orjson.loads(value)
    claims = sorted(claim["id"] for claim in annotated["claims"])
    entities = sorted(entity["id"] for entity in annotated["entities"])
    return Change(offset, article, Standing(int(str(annotated["revision"])), tuple(claims), tuple(entities)))


def _opened(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        # A power cut may lose the last changes, never mix them up: they are read again.
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(_TABLES)
        database.execute("SELECT next FROM position").fetchone()
    except sqlite3.Error:
        database.close()
        raise
    return database
