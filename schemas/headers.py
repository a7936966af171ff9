"""The record headers as schemas. Kafka's header values are bytes: here, the UTF-8 text in them."""

from typing import Any, TypeAlias

from pipeline.contract import descriptions
from pipeline.errors import EmptyArticle
from pipeline.records import DeadLetterHeader
from pipeline.settings import Settings
from pipeline.topics import DEAD_LETTERS
from pipeline.wire.codec import encode
from pipeline.wire.dead_letters import Failure
from pipeline.wire.dead_letters import dead_letter as dead_letter_record
from pipeline.wire.headers import CONTENT_TYPE, JSON, event_headers
from pipeline.wire.outgoing import Destination
from pipeline.wire.received import Received
from schemas.examples import ANNOTATOR, EMPTY, ORIGIN

Node: TypeAlias = dict[str, Any]

_TRACE: Node = {
    "traceparent": {
        "type": "string",
        "description": "W3C Trace Context of the record that this one was made from, as it was: nobody checks it.",
    },
    "tracestate": {"type": "string", "description": "W3C Trace Context."},
}
_TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

_SOMETIMES = (DeadLetterHeader.ITEM, DeadLetterHeader.OMITTED)
_NUMBERS = (
    DeadLetterHeader.ATTEMPTS,
    DeadLetterHeader.PARTITION,
    DeadLetterHeader.OFFSET,
    DeadLetterHeader.OMITTED,
)
_TIMES = (DeadLetterHeader.TIME, DeadLetterHeader.TIMESTAMP)


def event(type: str) -> Node:
    """CloudEvents 1.0, Kafka binary mode, of one type."""
    return {
        "type": "object",
        "properties": {
            "ce_specversion": {"type": "string", "const": "1.0"},
            "ce_id": {
                "type": "string",
                "minLength": 1,
                "description": "With ce_source it names the event: who has seen both has seen the record.",
            },
            "ce_source": {"type": "string", "format": "uri-reference", "minLength": 1, "description": "What made it."},
            "ce_type": {"type": "string", "const": type},
            "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, UTC."},
            CONTENT_TYPE: {"type": "string", "const": JSON},
            **_TRACE,
        },
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", CONTENT_TYPE],
    }


def event_example(type: str, key: str) -> Node:
    """What `wire.headers` writes for the record with this key."""
    written = event_headers(
        type=type,
        source=f"/claimwire/annotator/{ANNOTATOR.version}",
        id=f"{key}@1",
        time=ORIGIN.timestamp,
        received=[("traceparent", _TRACEPARENT.encode())],
    )
    return {name: value.decode() for name, value in written}


def raw(content_type: str | None) -> Node:
    """Headers of an article as received: none is required. `content_type`: the only one allowed, None for any."""
    said: Node = {"type": "string", "description": "Media type of the value; without one it is recognised."}
    return {
        "type": "object",
        "properties": {CONTENT_TYPE: said | ({"const": content_type} if content_type else {}), **_TRACE},
    }


def raw_example(content_type: str) -> Node:
    """Headers of a producer that says all it can."""
    return {CONTENT_TYPE: content_type, "traceparent": _TRACEPARENT}


def dead_letter() -> Node:
    """What is said about a dead letter; the headers that the record came with stay beside it."""
    members = descriptions.of_members(DeadLetterHeader)
    return {
        "type": "object",
        "description": descriptions.of_type(DeadLetterHeader),
        "properties": {name: _dead_letter_header(DeadLetterHeader(name), said) for name, said in members.items()},
        "required": [header.value for header in DeadLetterHeader if header not in _SOMETIMES],
    }


def dead_letter_example() -> Node:
    """What `wire.dead_letters` writes for an article without a single visible character."""
    prefix = Settings().topic_prefix
    milliseconds = round(ORIGIN.timestamp.timestamp() * 1000)
    record = Received(
        ORIGIN.topic,
        ORIGIN.partition,
        ORIGIN.offset,
        milliseconds,
        None,
        encode(EMPTY),
        [(CONTENT_TYPE, JSON.encode())],
    )
    written = dead_letter_record(
        record,
        Failure("decode", [EmptyArticle()]),
        group="claimwire.annotator",
        destination=Destination(prefix, {DEAD_LETTERS.full_name(prefix): Settings().topics.partitions}),
        largest=len(record.value or b"") + 1024 * 1024,
        now=ORIGIN.timestamp,
    )
    return {name: value.decode() for name, value in written.headers}


def _dead_letter_header(header: DeadLetterHeader, description: str) -> Node:
    schema: Node = {"type": "string", "description": description} if description else {"type": "string"}
    if header in _NUMBERS:
        schema["pattern"] = "^[0-9]+$"
    if header in _TIMES:
        schema["format"] = "date-time"
    return schema
