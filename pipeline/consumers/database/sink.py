"""Topics into tables, exactly once.

Rows and the position after their records are written in one transaction, and each position only by who knows the one
before: of two sinks on one database the later one's transaction does nothing, and it goes on from where the other got.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from pipeline import metrics
from pipeline.consumers.database import schema
from pipeline.consumers.database.connection import shown, usable
from pipeline.consumers.database.rows import FILLINGS, Row, clean, identifier
from pipeline.errors import UndecodableRecord
from pipeline.records import Record
from pipeline.settings import Settings
from pipeline.topics import TOPICS, Topic
from pipeline.wire.codec import decode
from pipeline.wire.received import Received
from pipeline.wire.tail import Batch, Positions, Tail

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.5
_LOOK_SECONDS = 5.0
_AT_ONCE = 400  # keys in one statement: SQLite takes 999 parameters on old builds
_TOMBSTONES_LAST = timedelta(days=7)  # topics' delete.retention.ms


class Overtaken(Exception):
    """Another sink has moved the positions."""


class DatabaseSink:
    """Fills the database of `engine`, which has been prepared, from the topics of `settings`."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._looked = 0.0
        self._topics = {TOPICS[name].full_name(settings.topic_prefix): TOPICS[name] for name in FILLINGS}

    def run(
        self,
        *,
        follow: bool,
        stopping: Callable[[], bool] = lambda: False,
        told: Callable[[Tail, int], None] = lambda tail, records: None,
    ) -> int:
        """Reads on from where the database stands: to the present ends of the topics, or with `follow` for ever.

        `stopping` is asked between transactions; `told` hears of each poll, with the number of records that it gave.
        Returns how many records were read. Raises BrokerUnavailable, TopicMissing, TopicReplaced, DatabaseUnavailable.
        """
        count, self._looked = 0, time.monotonic()
        self._warn_if_old()
        while True:
            stored = self._stored()
            with Tail(self._settings, list(self._topics), stored) as tail:
                try:
                    while not stopping() and (follow or not tail.ended):
                        batch = tail.poll(_POLL_SECONDS)
                        if batch is not None:
                            self._write(batch, stored)
                            stored |= batch.positions
                            count += len(batch.records)
                        else:
                            self._look_again(stored)
                        told(tail, len(batch.records) if batch else 0)
                    return count
                except Overtaken:
                    log.info("another sink fills %s as well", shown(self._engine))

    def _stored(self) -> Positions:
        table = schema.positions
        with usable(self._engine), self._engine.connect() as connection:
            found = connection.execute(select(table).where(table.c.topic.in_(self._topics))).all()
        return {(row.topic, row.partition): row.next for row in found}

    def _look_again(self, stored: Positions) -> None:
        """While nothing comes, another process may have emptied the database, to fill it anew."""
        now = time.monotonic()
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            if self._stored() != stored:
                raise Overtaken

    def _warn_if_old(self) -> None:
        table = schema.positions
        with usable(self._engine), self._engine.connect() as connection:
            read = connection.execute(select(func.max(table.c.read_at)).where(table.c.topic.in_(self._topics)))
            last: datetime | None = read.scalar()
        if last is not None and datetime.now(UTC) - last > _TOMBSTONES_LAST:
            log.warning(
                "%s was last filled more than a week ago: what was withdrawn since may still stand in it. "
                "`claimwire view rebuild` fills it anew",
                shown(self._engine),
            )

    def _write(self, batch: Batch, stored: Positions) -> None:
        """One transaction: positions first, so that a second writer waits here and then finds itself overtaken."""
        with usable(self._engine), self._engine.begin() as connection:
            _move(connection, batch.positions, stored)
            by_topic: dict[str, list[Received]] = {}
            for record in batch.records:
                by_topic.setdefault(record.topic, []).append(record)
            for name, records in by_topic.items():
                topic = self._topics[name]
                try:
                    with connection.begin_nested():
                        fill(connection, topic, records)
                except (DataError, IntegrityError, OverflowError):
                    # One record that the database does not take must not keep the others out.
                    self._fill_singly(connection, topic, records)
        for record in batch.records:
            metrics.STORED.labels(record.topic).inc()

    def _fill_singly(self, connection: Connection, topic: Topic, records: Sequence[Received]) -> None:
        for record in records:
            try:
                with connection.begin_nested():
                    fill(connection, topic, [record])
            except (DataError, IntegrityError, OverflowError) as error:
                log.error(
                    "%s, partition %d, offset %d: the database does not take it (%s)",
                    record.topic,
                    record.partition,
                    record.offset,
                    type(error.orig if isinstance(error, DBAPIError) else error).__name__,
                )


def _move(connection: Connection, moved: Positions, stored: Positions) -> None:
    table, now = schema.positions, datetime.now(UTC)
    for (topic, partition), position in sorted(moved.items()):
        values = {"next": position, "read_at": now}
        before = stored.get((topic, partition))
        if before is None:
            new = _insert(connection)(table).values(topic=topic, partition=partition, **values)
            moving = new.on_conflict_do_nothing().returning(table.c.next)
        else:
            here = (table.c.topic == topic) & (table.c.partition == partition) & (table.c.next == before)
            moving = update(table).where(here).values(**values).returning(table.c.next)
        if connection.execute(moving).first() is None:
            raise Overtaken


def fill(connection: Connection, topic: Topic, records: Sequence[Received]) -> None:
    """Brings the rows of `topic` up to `records`, which are in order: the last one of a key counts."""
    filling = FILLINGS[topic.name]
    latest: dict[str, tuple[Record | None, datetime]] = {}
    for received in records:
        key = identifier((received.key or b"").decode("utf-8", "backslashreplace"))
        record = _record(topic, received)
        if record is not None or received.value is None:
            latest[key] = record, received.origin.timestamp
    for part in filling.parts:
        _delete(connection, part, "claim_key", list(latest))
    gone = [key for key, (record, _) in latest.items() if record is None]
    _delete(connection, filling.table, "key", gone)
    standing = [(key, record, came) for key, (record, came) in latest.items() if record is not None]
    if not standing:
        return
    rows = [clean({"key": key, **filling.row(record, came)}) for key, record, came in standing]
    _upsert(connection, filling.table, rows)
    if filling.distinct:
        table, column = filling.distinct
        values = [{column: value} for value in sorted({row[column] for row in rows})]
        connection.execute(_insert(connection)(table).on_conflict_do_nothing(), values)
    if not filling.parts:
        return
    numbers = _numbers(connection, filling.table, [row["key"] for row in rows])
    for part, give in filling.parts.items():
        parts = [
            clean({**row, "claim_key": key, "claim_seq": numbers[key]})
            for key, record, came in standing
            for row in give(record, came)
        ]
        if parts:
            connection.execute(insert(part), parts)


def _record(topic: Topic, received: Received) -> Any:
    if received.value is None or topic.value is None:
        return None
    try:
        return decode(topic.value, received.value)
    except UndecodableRecord as error:
        # Something else wrote there. What stood under the key stays.
        log.warning(
            "%s, partition %d, offset %d: %s", received.topic, received.partition, received.offset, error.message
        )
        return None


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _upsert(connection: Connection, table: Table, rows: list[Row]) -> None:
    statement = _insert(connection)(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "key"}
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed), rows)


def _numbers(connection: Connection, table: Table, keys: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), _AT_ONCE):
        asked = table.c.key.in_(keys[start : start + _AT_ONCE])
        found |= {row.key: row.seq for row in connection.execute(select(table.c.key, table.c.seq).where(asked))}
    return found


def _delete(connection: Connection, table: Table, column: str, keys: list[str]) -> None:
    for start in range(0, len(keys), _AT_ONCE):
        connection.execute(delete(table).where(table.c[column].in_(keys[start : start + _AT_ONCE])))
