import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pipeline import metrics
from pipeline.errors import PortInUse
from pipeline.serving import telemetry
from pipeline.serving.telemetry import Health, serve_telemetry
from pipeline.settings import TelemetrySettings
from pipeline.wire.broker import free_port


class Service:
    why: str | None = "they are being loaded"

    def check(self) -> str | None:
        return self.why


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Service, str]]:
    monkeypatch.setattr(telemetry, "_FRESH_SECONDS", -1.0)
    monkeypatch.setattr(telemetry, "_MISSING_SECONDS", -1.0)
    service, port = Service(), free_port()
    end = serve_telemetry(TelemetrySettings(port=port - 1, port_offset=1), Health(models=service.check))
    yield service, f"http://127.0.0.1:{port}"
    end()


def test_ready_says_what_is_missing(served: tuple[Service, str]) -> None:
    service, url = served
    answer = httpx.get(f"{url}/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "missing": {"models": "they are being loaded"}}
    assert httpx.get(f"{url}/health").json() == {"status": "alive"}
    service.why = None
    assert httpx.get(f"{url}/ready").status_code == 200
    assert httpx.get(f"{url}/").status_code == 404


def test_metrics_are_shown(served: tuple[Service, str]) -> None:
    metrics.STANCES.labels("against").inc(3)
    text = httpx.get(f"{served[1]}/metrics").text
    assert 'claimwire_stances_total{label="against"}' in text
    assert "# TYPE claimwire_consumer_lag_records gauge" in text


def test_a_port_in_use_is_named(served: tuple[Service, str]) -> None:
    port = int(served[1].rpartition(":")[2])
    with pytest.raises(PortInUse) as caught:
        serve_telemetry(TelemetrySettings(port=port), Health())
    assert "telemetry.port" in caught.value.remedy


def test_without_a_port_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(*arguments: Any) -> None:
        pytest.fail("it listens")

    monkeypatch.setattr(socket.socket, "bind", bind)
    serve_telemetry(TelemetrySettings(), Health())()
