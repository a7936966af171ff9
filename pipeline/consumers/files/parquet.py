"""Parquet files."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.errors import MissingExtra, UndecodableRecord
from pipeline.topics import Topic
from pipeline.wire.codec import decode
from pipeline.wire.received import Received

log = logging.getLogger(__name__)


class ParquetWriter:
    """A record a row: the record's own fields under `record` (null where it was withdrawn), and where it lay.

    Columns: `key`, `withdrawn`, `partition`, `offset`, `timestamp`, `record`. Compressed with zstd.
    """

    suffix = ".parquet"

    def __init__(self) -> None:
        """Raises MissingExtra where pyarrow is not installed."""
        try:
            import pyarrow.parquet
        except ImportError:
            raise MissingExtra("parquet") from None
        self._arrow = pyarrow
        self._schemas: dict[type, Any] = {}

    def write(self, topic: Topic, records: Sequence[Received], path: Path) -> None:
        """Writes the file. What is not what the topic holds is logged and left out."""
        assert topic.value is not None
        rows = [row for record in records if (row := _row(topic.value, record)) is not None]
        schema = self._schema(topic.value)
        # First one by one to plain values that the schema's types take, then columns.
        table = self._arrow.Table.from_pylist([{**row, "record": _plain(row["record"])} for row in rows], schema)
        self._arrow.parquet.write_table(table, path, compression="zstd")

    def _schema(self, value: type) -> Any:
        if value not in self._schemas:
            from pipeline.consumers.files.arrow_types import arrow_type

            arrow = self._arrow
            self._schemas[value] = arrow.schema(
                [
                    arrow.field("key", arrow.string(), nullable=False),
                    arrow.field("withdrawn", arrow.bool_(), nullable=False),
                    arrow.field("partition", arrow.int32(), nullable=False),
                    arrow.field("offset", arrow.int64(), nullable=False),
                    arrow.field("timestamp", arrow.timestamp("ms", tz="UTC"), nullable=False),
                    arrow.field("record", arrow_type(value)),
                ]
            )
        return self._schemas[value]


def _row(value: type, record: Received) -> dict[str, Any] | None:
    try:
        decoded = None if record.value is None else decode(value, record.value)
    except UndecodableRecord as error:
        log.warning("%s, partition %d, offset %d: %s", record.topic, record.partition, record.offset, error.message)
        return None
    return {
        "key": (record.key or b"").decode("utf-8", "replace"),
        "withdrawn": record.value is None,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.origin.timestamp,
        "record": decoded,
    }


def _plain(record: Any) -> dict[str, Any] | None:
    from pipeline.consumers.files.arrow_types import plain

    return None if record is None else plain(type(record), asdict(record))
