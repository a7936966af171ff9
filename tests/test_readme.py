"""The commands of the README do what it says: each `sh` block is run, on a real broker."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.wire.broker import free_port
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
# What runs until it is told to stop.
SERVICES = (
    "claimwire broker",
    "claimwire run ",
    "claimwire subscribe claims --from beginning --source varnum --follow",
)


@pytest.fixture
def environment(topics: Settings, tmp_path: Path) -> dict[str, str]:
    """A shell's environment with the command on its path and the settings of this test."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": topics.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": topics.topic_prefix,
        "CLAIMWIRE_STATE_DIR": str(tmp_path / "state"),
        "CLAIMWIRE_BROKER__PORT": str(free_port()),
        "CLAIMWIRE_VIEW__PORT": "0",
        "CLAIMWIRE_GATEWAY__PORT": str(free_port()),
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like the checkout to the README's commands, and may be written to."""
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout/examples").symlink_to(REPOSITORY / "examples")
    return tmp_path / "checkout"


@pytest.fixture
def services() -> Iterator[list[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        os.killpg(process.pid, signal.SIGINT)
    for process in running:
        assert process.wait(30) in (0, 130)


@pytest.mark.broker
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block).split("\n")[0])
def test_every_command_runs(
    block: str, environment: dict[str, str], checkout: Path, services: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    for line in block.splitlines():
        if line.startswith(SERVICES):
            log = tmp_path / f"service-{len(services)}.log"
            with log.open("wb") as file:
                process = subprocess.Popen(
                    f"exec {line}",
                    shell=True,
                    cwd=checkout,
                    env=environment,
                    stdout=file,
                    stderr=file,
                    start_new_session=True,
                )
            services.append(process)
            time.sleep(2)
            assert process.poll() is None, log.read_text()
        else:
            done = subprocess.run(
                ["bash", "-c", line], cwd=checkout, env=environment, capture_output=True, text=True, timeout=120
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_there_are_commands_to_run() -> None:
    assert len(BLOCKS) >= 3
    assert all("claimwire" in block for block in BLOCKS)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http|#)([^)]+)\)", README))))
def test_every_link_leads_somewhere(link: str) -> None:
    assert (REPOSITORY / link.partition("#")[0]).exists()


def test_the_claim_is_one_that_the_shipped_models_make() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    shown = json.loads(block)
    command = [sys.executable, "-m", "pipeline.cli.main", "annotate", str(REPOSITORY / "examples")]
    printed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True).stdout
    claims = [claim for line in printed.splitlines() for claim in json.loads(line)["claims"]]
    (made,) = [claim for claim in claims if claim["id"] == shown["id"]]
    for models in (made["annotator"]["models"], shown["annotator"]["models"]):
        models.update({name: digest.removesuffix("…")[:15] for name, digest in models.items()})
    # The last digits depend on the processor.
    shown["confidence"] = pytest.approx(shown["confidence"], abs=0.02)
    for stance in shown["stances"]:
        stance["confidence"] = pytest.approx(stance["confidence"], abs=0.02)
    assert made == shown
