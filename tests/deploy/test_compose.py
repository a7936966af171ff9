"""docker-compose.yml hangs together. No Docker engine runs here: what it starts has only been validated."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from pipeline.settings import BrokerSettings
from pipeline.settings_loading import ENV_PREFIX, explain
from pipeline.wire.broker.config import NodeConfig, Voter
from tests.conftest import REPOSITORY
from tests.wire.broker.test_config import parsed

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SHARED = "pipeline/wire/broker/server.properties"


def test_the_compose_command_accepts_it() -> None:
    command = next((c for c in (["docker-compose"], ["docker", "compose"]) if shutil.which(c[0])), None)
    if command is None:
        pytest.skip("no docker-compose on this machine")
    done = subprocess.run(
        [*command, "--file", "docker-compose.yml", "config", "--quiet"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_can_start(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= {
        *("build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "ports", "read_only"),
        *("restart", "security_opt", "stop_grace_period", "tmpfs", "volumes"),
    }
    assert "image" in service
    if "build" in service:
        assert (REPOSITORY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    for other, how in service.get("depends_on", {}).items():
        healthy = how["condition"] == "service_healthy"
        assert "healthcheck" in SERVICES[other] if healthy else SERVICES[other]["restart"] == "no"
    # What runs for ever is watched and started again.
    assert ("healthcheck" in service) == (service["restart"] == "unless-stopped")
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert (REPOSITORY / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:"), "nothing here asks for a password"


def test_the_broker_is_the_one_that_claimwire_broker_runs() -> None:
    kafka = SERVICES["kafka"]
    assert kafka["image"] == f"apache/kafka:{BrokerSettings().version}"
    assert f"./{SHARED}:/mnt/shared/config/server.properties:ro" in kafka["volumes"]
    # Beside the shared file, both give a node the same properties, and the image writes these after the file's.
    ours = parsed(NodeConfig(1, 1, (Voter(1, 2),), REPOSITORY).properties()).keys()
    shared = parsed((REPOSITORY / SHARED).read_text()).keys()
    names = {key.removeprefix("KAFKA_").lower().replace("_", ".") for key in kafka["environment"]}
    assert names - {"heap.opts", "listener.security.protocol.map"} == ours - shared


def test_every_listener_has_a_protocol_and_an_address() -> None:
    environment = SERVICES["kafka"]["environment"]
    listeners = dict(re.findall(r"(\w+)://[^:,]*:(\d+)", environment["KAFKA_LISTENERS"]))
    advertised = dict(re.findall(r"(\w+)://[^:,]*:(\d+)", environment["KAFKA_ADVERTISED_LISTENERS"]))
    protocols = dict(re.findall(r"(\w+):(\w+)", environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]))
    assert listeners.keys() == protocols.keys()
    assert advertised == {name: port for name, port in listeners.items() if name != "CONTROLLER"}
    assert environment["KAFKA_CONTROLLER_QUORUM_VOTERS"].endswith(f":{listeners['CONTROLLER']}")
    servers = SERVICES["annotator"]["environment"]["CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS"]
    assert servers == f"kafka:{listeners['CLIENTS']}"


@pytest.mark.usefixtures("bare")
def test_every_setting_exists() -> None:
    names = {ENV_PREFIX + setting.name.replace(".", "__").upper() for setting in explain()}
    environments = [service.get("environment", {}) for service in SERVICES.values()]
    given = {key for environment in environments for key in environment if key.startswith(ENV_PREFIX)}
    dockerfile = (REPOSITORY / "deploy" / "Dockerfile").read_text()
    assert given | set(re.findall(rf"({ENV_PREFIX}\w+)=", dockerfile)) <= names


def test_the_image_runs_without_root_and_from_a_second_stage() -> None:
    stages = (REPOSITORY / "deploy" / "Dockerfile").read_text().split("\nFROM ")
    assert len(stages) == 3
    last = stages[-1]
    assert re.search(r"^USER (?!0|root)", last, re.MULTILINE)
    assert last.index("USER") < last.index("ENTRYPOINT")
    assert "pip install" not in last
    ignored = (REPOSITORY / ".dockerignore").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", "\n".join(stages), re.MULTILINE)
    assert all(f"!{name}\n" in ignored for names in copied for name in names.split())


def test_prometheus_scrapes_every_service_that_tells_of_itself() -> None:
    port = "CLAIMWIRE_TELEMETRY__PORT"
    scraped = yaml.safe_load((REPOSITORY / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"][0]
    (discovery,) = scraped["dns_sd_configs"]
    serving = {name for name, service in SERVICES.items() if service.get("command", [""])[0] == "run"}
    assert set(discovery["names"]) == serving
    assert {SERVICES[name]["environment"][port] for name in serving} == {str(discovery["port"])}
