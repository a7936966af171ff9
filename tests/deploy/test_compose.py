"""docker-compose.yml hangs together. No Docker engine runs here: what it starts has only been validated."""

import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.serving.telemetry import Health, serve_telemetry
from pipeline.settings import BrokerSettings, TelemetrySettings
from pipeline.settings_loading import ENV_PREFIX, explain
from pipeline.wire.broker import free_port
from pipeline.wire.broker.config import NodeConfig, Voter
from tests.conftest import REPOSITORY
from tests.tools import from_debian
from tests.wire.broker.test_config import parsed

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (REPOSITORY / "deploy" / "Dockerfile").read_text()
SHARED = "pipeline/wire/broker/server.properties"


def refused(file: Path) -> str:
    """Why the compose command does not take this file; empty: it does. Skips where there is none."""
    from_debian("docker-compose", "docker-compose")
    command = next((c for c in (["docker", "compose"], ["docker-compose"]) if _works(c)), None)
    if command is None:
        pytest.skip("no docker-compose on this machine")
    arguments = ["--project-directory", str(REPOSITORY), "--file", str(file), "config", "--quiet"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def _works(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0


def test_the_compose_command_accepts_it() -> None:
    assert refused(REPOSITORY / "docker-compose.yml") == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda services: services["annotator"].update(commands=["run"]),
        lambda services: services["annotator"]["depends_on"]["kafka"].update(condition="service_well"),
        lambda services: services["view"].update(depends_on={"database": {"condition": "service_healthy"}}),
        lambda services: services["postgres"].update(volumes=["data:/var/lib/postgresql/data"]),
        lambda services: services["gateway"].update(ports=["gateway:8480"]),
    ],
    ids=["a field", "a condition", "a service", "a volume", "a port"],
)
def test_and_it_would_not(change: Any, tmp_path: Path) -> None:
    broken = copy.deepcopy(COMPOSE)
    change(broken["services"])
    file = tmp_path / "docker-compose.yml"
    file.write_text(yaml.safe_dump(broken))
    assert refused(file)


def linted(text: str) -> str:
    """What hadolint says of a Dockerfile; empty: nothing. Skips where its package has no program for this machine."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if program is None:
        pytest.skip("no hadolint for this machine")
    return subprocess.run([program, "-"], input=text, capture_output=True, text=True, check=False).stdout


def test_hadolint_finds_nothing_wrong() -> None:
    assert linted(DOCKERFILE) == ""


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("FROM python:3.11-slim AS build", "FROM python AS build"),
        ("WORKDIR /source", "WORKDIR source"),
        ("COPY --from=build", "COPY --from=builder"),
        ('ENTRYPOINT ["claimwire"]', "ENTRYPOINT claimwire"),
        ("RUN python -m venv", "RUN cd / && sudo python -m venv"),
        ("HEALTHCHECK", "HEALTHCHEK"),
    ],
)
def test_and_it_would(sound: str, broken: str) -> None:
    assert sound in DOCKERFILE
    assert linted(DOCKERFILE.replace(sound, broken))


def test_the_image_asks_a_service_whether_it_is_ready() -> None:
    (said,) = re.findall(r"^HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
    command: list[str] = json.loads(said)
    assert command[:2] == ["python", "-c"]
    with Readiness() as port:
        for told, code in ((None, 0), (str(port), 0), ("1", 1)):
            given = {} if told is None else {"CLAIMWIRE_TELEMETRY__PORT": told}
            done = subprocess.run([sys.executable, *command[1:]], env=given, capture_output=True, check=False)
            assert done.returncode == code, done.stderr


class Readiness:
    """A service that is ready, for as long as it is within."""

    def __enter__(self) -> int:
        port = free_port()
        self._end = serve_telemetry(TelemetrySettings(port=port), Health())
        return port

    def __exit__(self, *_: object) -> None:
        self._end()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_can_start(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= {
        *("build", "cap_drop", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "ports"),
        *("read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes"),
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
    assert given | set(re.findall(rf"({ENV_PREFIX}\w+)=", DOCKERFILE)) <= names


def test_the_image_runs_without_root_and_from_a_second_stage() -> None:
    stages = DOCKERFILE.split("\nFROM ")
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
