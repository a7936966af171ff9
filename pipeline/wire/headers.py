"""Record headers: CloudEvents 1.0 in Kafka's binary mode, and `traceparent` passed through."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeAlias

Headers: TypeAlias = list[tuple[str, bytes]]

JSON = "application/json"
CONTENT_TYPE = "content-type"
PROMOTED = "application/vnd.claimwire.annotated-article+json"
"""Content type of a raw record that holds an AnnotatedArticle: what a replay run made of an article, to stand from now
on. Only `claimwire runs promote` sends it."""
TRACEPARENT = "traceparent"

_PASSED_ON = (TRACEPARENT, "tracestate")  # W3C Trace Context


def event_headers(
    *, type: str, source: str, id: str, time: datetime, received: Iterable[tuple[str, bytes]] = ()
) -> Headers:
    """The headers of one record whose value is JSON.

    `type`: "claimwire.claim" and the like. `source` and `id` together name the event: a consumer that has seen both
    has seen the record. `time`: when it happened, with a zone. `received`: headers of the record that this one was
    made from; its trace context is passed on.
    """
    passed_on = [(name, value) for name, value in received if name in _PASSED_ON]
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", type.encode()),
        ("ce_time", time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()),
        (CONTENT_TYPE, JSON.encode()),
        *passed_on,
    ]


def header(headers: Iterable[tuple[str, bytes]], name: str) -> str | None:
    """The last value of a header as text, or None. Bytes that are no UTF-8 are replaced: any producer may send any."""
    value = None
    for key, data in headers:
        if key.lower() == name and data is not None:
            value = data.decode("utf-8", "replace")
    return value
