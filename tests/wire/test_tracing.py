"""One trace, from `claimwire ingest` to a claim that `subscribe` reads."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline.consumers.subscription import subscribe
from pipeline.errors import SettingsInvalid
from pipeline.producers import files
from pipeline.producers.ingest import Ingest
from pipeline.settings import Settings, TelemetrySettings
from pipeline.topics import CLAIMS
from pipeline.wire import tracing
from pipeline.wire.received import Received
from tests.processors.harness import Wire, annotator

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What this process traces."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter
    provider.shutdown()


def record(headers: Any = ()) -> Received:
    return Received("claimwire.articles.raw", 1, 7, 0, b"a", b"x", list(headers))


def trace_id(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


@pytest.mark.broker
def test_one_trace_from_ingest_to_a_claim_that_is_read(
    topics: Settings, tmp_path: Path, exporter: InMemorySpanExporter
) -> None:
    story = tmp_path / "story.json"
    story.write_bytes(orjson.dumps({"id": "a", "body": "Anna says the bridge opens."}))
    Ingest(topics).run(files.find([str(story)]))
    wire = Wire(topics)
    spans = tmp_path / "spans.jsonl"
    with annotator(wire, STUB_SPANS=str(spans)) as worker:
        wire.wait("claims", 1)
        assert worker.stop() == 0
    wire.close()
    (message,) = subscribe(CLAIMS, settings=topics)
    created, read = exporter.get_finished_spans()
    made = [orjson.loads(line) for line in spans.read_text().splitlines()]
    (worked,) = [span for span in made if "messaging.kafka.offset" in span["attributes"]]
    (batch,) = [span for span in made if "messaging.batch.message_count" in span["attributes"]]
    assert created.context is not None
    assert read.parent is not None
    # create -> process -> receive, each the parent of the next.
    assert worked["context"]["trace_id"] == f"0x{trace_id(created)}"
    assert worked["parent_id"] == f"0x{created.context.span_id:016x}"
    assert worked["context"]["span_id"] == f"0x{read.parent.span_id:016x}"
    assert trace_id(read) == trace_id(created)
    assert [link["context"]["span_id"] for link in batch["links"]] == [f"0x{created.context.span_id:016x}"]
    assert [span.name for span in (created, read)] == [
        f"create {topics.topic_prefix}articles.raw",
        f"receive {topics.topic_prefix}claims",
    ]
    assert dict(message.received.headers)["traceparent"].decode().split("-")[1] == trace_id(created)
    assert "bridge" not in spans.read_text()


def test_conventions(exporter: InMemorySpanExporter) -> None:
    with tracing.creating("claimwire.articles.raw", "a", [("traceparent", PARENT.encode())]) as headers:
        pass
    with tracing.processing(record(headers)):
        assert tracing.passed_on([])
    created, worked = exporter.get_finished_spans()
    assert {trace_id(created), trace_id(worked)} == {PARENT.split("-")[1]}
    assert created.attributes == {
        "messaging.system": "kafka",
        "messaging.destination.name": "claimwire.articles.raw",
        "messaging.operation.name": "create",
        "messaging.operation.type": "create",
        "messaging.kafka.message.key": "a",
    }
    assert worked.attributes is not None
    assert worked.attributes["messaging.kafka.offset"] == 7
    assert worked.attributes["messaging.destination.partition.id"] == "1"


def test_without_a_collector_what_came_goes_on() -> None:
    came = [("traceparent", PARENT.encode()), ("tracestate", b"a=b"), ("other", b"x")]
    with tracing.processing(record(came)):
        assert tracing.passed_on(came) == came[:2]
    with tracing.creating("t", "a", came) as headers:
        assert headers == came[:2]
    with tracing.creating("t", "a") as headers:
        assert headers == []


def test_what_is_no_trace_is_none(exporter: InMemorySpanExporter) -> None:
    with tracing.batch([record([("traceparent", b"\xff\x00")]), record([("traceparent", None)])]):
        pass
    (span,) = exporter.get_finished_spans()
    assert not span.links


def test_an_error_is_not_quoted(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="secret"), tracing.processing(record()):
        raise ValueError("secret words of an article")
    (span,) = exporter.get_finished_spans()
    assert "secret" not in span.to_json()


def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsInvalid, match=r"claimwire\[otlp\]"):
        tracing.set_up(TelemetrySettings(otlp_endpoint="http://127.0.0.1:4318/v1/traces"), "annotator")
