"""The same trace as a collector gets it: three processes, and OTLP over HTTP."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.settings import Settings, TelemetrySettings
from tests.processors.harness import PATIENCE, Wire, annotator, variables

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="needs the extra claimwire[otlp]")

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

pytestmark = pytest.mark.broker


class Collector:
    """`endpoint`: where it takes traces. `spans`: what came, with the name of their service."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.spans: list[tuple[str, Any]] = []

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            said = {attribute.key: attribute.value.string_value for attribute in resource.resource.attributes}
            self.spans += [(said["service.name"], span) for scope in resource.scope_spans for span in scope.spans]

    def of(self, service: str, name: str) -> list[Any]:
        return [span for whose, span in self.spans if whose == f"claimwire-{service}" and span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known = self.path == "/v1/traces" and self.headers["content-type"] == "application/x-protobuf"
            if known:
                found.take(body)
            self.send_response(200 if known else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        found = Collector(f"http://127.0.0.1:{server.server_port}/v1/traces")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def command(settings: Settings, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", *arguments],
        env={**os.environ, **variables(settings)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_collector_gets_the_trace_of_an_article(topics: Settings, collector: Collector, tmp_path: Path) -> None:
    settings = topics.model_copy(update={"telemetry": TelemetrySettings(otlp_endpoint=collector.endpoint)})
    for name in ("a", "b"):
        body = {"id": name, "headline": f"News of {name}", "body": "Anna says the bridge opens."}
        (tmp_path / f"{name}.json").write_bytes(orjson.dumps(body))
    command(settings, "ingest", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    wire = Wire(settings)
    with annotator(wire) as worker:
        wire.wait("claims", 2)
        wire.settled()
        assert worker.stop() == 0
    wire.close()
    read = command(settings, "subscribe", "claims", "--from", "beginning")
    assert len(read.splitlines()) == 2

    prefix = settings.topic_prefix
    created = {span.span_id: span for span in collector.of("ingest", f"create {prefix}articles.raw")}
    worked = collector.of("annotator", f"process {prefix}articles.raw")
    batches = [span for span in worked if not span.parent_span_id]
    articles = {span.span_id: span for span in worked if span.parent_span_id}
    received = collector.of("subscribe", f"receive {prefix}claims")
    assert len(created) == 2
    # create -> process -> receive, each the parent of the next, in one trace for each article.
    assert {span.parent_span_id for span in articles.values()} == set(created)
    assert all(span.trace_id == created[span.parent_span_id].trace_id for span in articles.values())
    assert {span.parent_span_id for span in received} == set(articles)
    assert {span.trace_id for span in received} == {span.trace_id for span in created.values()}
    # A batch links to the articles that it holds.
    links = [(link.trace_id, link.span_id) for batch in batches for link in batch.links]
    assert sorted(links) == sorted((span.trace_id, span.span_id) for span in created.values())
    assert "bridge" not in str(collector.spans)
