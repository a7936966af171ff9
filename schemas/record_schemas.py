"""The schemas of the records as they are published: each with an example inside."""

from typing import Any

import orjson

from pipeline.contract import record_schemas
from pipeline.contract.record_schemas import BASE, Schema, file_name, record_types
from pipeline.records import Record
from pipeline.wire.codec import encode
from schemas.examples import EXAMPLES

__all__ = ["BASE", "Schema", "as_values", "example", "file_name", "record_schema", "record_types"]


def record_schema(type: type) -> Schema:
    """The schema of one record."""
    return record_schemas.record_schema(type, [example(type)])


def example(type: type) -> Any:
    """The example of a record, as JSON values."""
    return as_values(EXAMPLES[type])


def as_values(record: Record) -> Any:
    """A record as the JSON values that are sent."""
    return orjson.loads(encode(record))
