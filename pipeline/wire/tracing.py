"""Traces: OpenTelemetry's messaging conventions, carried by the header `traceparent`.

A trace goes from the producer of an article ("create"), through the processor's work on its record ("process"), to
whoever reads what came of it ("receive"). A batch is a span of its own that links to each record's. Without a
collector (`telemetry.otlp_endpoint`) no span is made, and `traceparent` is passed through as it came.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from pipeline import __version__
from pipeline.errors import SettingsInvalid
from pipeline.settings import TelemetrySettings
from pipeline.wire.headers import TRACEPARENT, Headers

if TYPE_CHECKING:
    from pipeline.wire.received import Received

log = logging.getLogger(__name__)

_TRACE_HEADERS = (TRACEPARENT, "tracestate")
_propagator = TraceContextTextMapPropagator()


def set_up(settings: TelemetrySettings, service: str) -> None:
    """Sends spans to the collector that the settings name. `service`: "annotator". Raises SettingsInvalid."""
    if settings.otlp_endpoint is None:
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise SettingsInvalid(["telemetry.otlp_endpoint wants pip install 'claimwire[otlp]'"]) from None
    resource = Resource.create({"service.name": f"claimwire-{service}", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings.otlp_endpoint)))
    trace.set_tracer_provider(provider)


@contextmanager
def creating(topic: str, key: str, received: Iterable[tuple[str, bytes]] = ()) -> Iterator[Headers]:
    """Within: a record for `topic` (full name) is made; the headers that carry its trace. `received`: what it is made
    of, whose trace goes on."""
    received = list(received)
    with _span("create", topic, SpanKind.PRODUCER, _context(received), {"messaging.kafka.message.key": key}):
        yield passed_on(received)


@contextmanager
def processing(record: Received) -> Iterator[None]:
    """Within: `record` is worked on; see `passed_on`."""
    with _span("process", record.topic, SpanKind.CONSUMER, _context(record.headers), _place(record)):
        yield


@contextmanager
def batch(records: Sequence[Received]) -> Iterator[None]:
    """Within: these records are worked on together."""
    spans = [trace.get_current_span(_context(record.headers)).get_span_context() for record in records]
    links = [Link(span) for span in spans if span.is_valid]
    size = {"messaging.batch.message_count": len(records)}
    topic = records[0].topic if records else ""
    with _span("process", topic, SpanKind.CONSUMER, Context(), size, links):
        yield


def received(record: Received) -> None:
    """Notes that `record` has been handed to whoever reads the topic."""
    with _span("receive", record.topic, SpanKind.CONSUMER, _context(record.headers), _place(record)):
        pass


def passed_on(headers: Iterable[tuple[str, bytes]]) -> Headers:
    """Trace headers for what is made now: of the span around this, else those of `headers`, as they came."""
    if trace.get_current_span().is_recording():
        carrier: dict[str, str] = {}
        _propagator.inject(carrier)
        return [(name, value.encode()) for name, value in carrier.items()]
    return [(name, value) for name, value in headers if name in _TRACE_HEADERS]


@contextmanager
def _span(
    operation: str, topic: str, kind: SpanKind, parent: Context, more: Mapping[str, Any], links: Sequence[Link] = ()
) -> Iterator[None]:
    attributes = {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        **more,
    }
    tracer = trace.get_tracer("claimwire", __version__)
    # An exception's message may quote an article.
    with tracer.start_as_current_span(
        f"{operation} {topic}",
        parent,
        kind,
        attributes,
        links,
        record_exception=False,
        set_status_on_exception=False,
    ):
        yield


def _context(headers: Iterable[tuple[str, bytes]]) -> Context:
    carrier = {name: (value or b"").decode("latin-1") for name, value in headers if name in _TRACE_HEADERS}
    return _propagator.extract(carrier, Context())


def _place(record: Received) -> dict[str, Any]:
    return {
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
        "messaging.kafka.message.key": (record.key or b"").decode("utf-8", "replace"),
    }
