"""A record as one line of JSON."""

import logging

import orjson

from pipeline.wire.received import Received

log = logging.getLogger(__name__)


def line(record: Received) -> bytes | None:
    """The value as its producer wrote it, with fields that only newer versions know; for a tombstone its key.

    None, logged, where the value is no JSON: something else wrote it.
    """
    if record.value is None:
        key = (record.key or b"").decode("utf-8", "replace")
        withdrawn: bytes = orjson.dumps({"key": key, "withdrawn": True})
        return withdrawn
    try:
        value = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        log.warning("%s, partition %d, offset %d: no JSON", record.topic, record.partition, record.offset)
        return None
    # A line break would make two lines of it.
    again: bytes = orjson.dumps(value)
    return again if b"\n" in record.value else record.value
