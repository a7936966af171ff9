"""The record headers as schemas. Kafka's header values are bytes: here, the UTF-8 text in them."""

from typing import Any, TypeAlias

from pipeline import __version__
from pipeline.errors import EmptyArticle
from pipeline.records import DeadLetterHeader
from pipeline.topics import ARTICLES_RAW
from pipeline.wire.headers import CONTENT_TYPE, JSON, event_headers
from schemas import descriptions
from schemas.examples import ANNOTATOR, ORIGIN

Node: TypeAlias = dict[str, Any]

_TRACE: Node = {
    "traceparent": {
        "type": "string",
        "description": "W3C Trace Context of the record that this one was made from.",
        "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
    },
    "tracestate": {"type": "string", "description": "W3C Trace Context."},
}
_TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

# Those without which a dead letter could not be traced to its record.
_ALWAYS = (
    DeadLetterHeader.REASON,
    DeadLetterHeader.STAGE,
    DeadLetterHeader.VERSION,
    DeadLetterHeader.TOPIC,
    DeadLetterHeader.PARTITION,
    DeadLetterHeader.OFFSET,
    DeadLetterHeader.TIMESTAMP,
)
_NUMBERS = (DeadLetterHeader.PARTITION, DeadLetterHeader.OFFSET)


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
        "required": [header.value for header in _ALWAYS],
    }


def dead_letter_example() -> Node:
    """Of an article without a single visible character."""
    return {
        DeadLetterHeader.REASON.value: EmptyArticle.reason,
        DeadLetterHeader.STAGE.value: "decode",
        DeadLetterHeader.VERSION.value: __version__,
        DeadLetterHeader.TOPIC.value: f"claimwire.{ARTICLES_RAW.name}",
        DeadLetterHeader.PARTITION.value: str(ORIGIN.partition),
        DeadLetterHeader.OFFSET.value: str(ORIGIN.offset),
        DeadLetterHeader.TIMESTAMP.value: "2026-03-02T07:41:12.306Z",
    }


def _dead_letter_header(header: DeadLetterHeader, description: str) -> Node:
    schema: Node = {"type": "string", "description": description} if description else {"type": "string"}
    if header in _NUMBERS:
        schema["pattern"] = "^[0-9]+$"
    if header is DeadLetterHeader.TIMESTAMP:
        schema["format"] = "date-time"
    return schema
