"""The plain-Kafka programs of docs/clients read what stands, each in its own language, as a user would run it."""

import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.records import Claim
from pipeline.settings import Settings
from pipeline.topics import CLAIMS
from pipeline.wire.codec import encode
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.transactional import TransactionalProducer
from tests.conftest import REPOSITORY
from tests.samples import CLAIM

pytestmark = [pytest.mark.broker, pytest.mark.slow]

CLIENTS = REPOSITORY / "docs" / "clients"
EXPECTED = [
    "clm_0\tHamas official\tThere is no progress yet",
    "clm_1\tun élu, 71 ans\tIt is “over” 😀 he said",
    "clm_3\tHamas official\tThere is no progress yet",
]


@pytest.fixture
def topic(topics: Settings) -> str:
    """Claims as an annotator leaves them: in transactions, one of them aborted; one claim withdrawn."""
    name = CLAIMS.full_name(topics.topic_prefix)
    nameless = replace(CLAIM.source, name=None, text="un élu, 71 ans")
    odd = replace(CLAIM, id="clm_1", source=nameless, content=replace(CLAIM.content, text="It is “over” 😀\nhe said"))

    def record(claim: Claim, value: bytes | None, partition: int) -> Outgoing:
        return Outgoing(name, claim.id.encode(), value, [], partition)

    one, two, three, four = (replace(CLAIM, id=f"clm_{number}") for number in (0, 2, 3, 4))
    with TransactionalProducer(topics, f"{topics.topic_prefix}test", client="test") as producer:
        with producer.transaction() as send:
            send([record(one, encode(one), 0), record(odd, encode(odd), 1), record(two, encode(two), 1)])
        with producer.transaction() as send:
            send([record(two, None, 1), record(three, encode(three), 3)])
        with suppress(InterruptedError), producer.transaction() as send:
            send([record(four, encode(four), 0), record(one, None, 0)])
            raise InterruptedError
    return name


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}, which is not on this machine")


def run(folder: Path, *command: str) -> list[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def java(folder: Path, *arguments: str) -> list[str]:
    needs("mvn", "javac")
    lines = run(folder, "mvn", "compile", "exec:java", f"-Dexec.args={' '.join(arguments)}")
    # Maven resets the colours of a terminal that it does not have.
    return [line for line in (line.replace("\x1b[0m", "") for line in lines) if line]


def go(folder: Path, *arguments: str) -> list[str]:
    needs("go")
    return run(folder, "go", "run", ".", *arguments)


def typescript(folder: Path, *arguments: str) -> list[str]:
    needs("node", "npm")
    if not (folder / "node_modules").exists():
        run(folder, "npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock")
        run(folder, "npm", "run", "--silent", "check")
    return run(folder, "npm", "run", "--silent", "claims", "--", *arguments)


@pytest.mark.parametrize("client", [java, go, typescript], ids=lambda client: str(client.__name__))
def test_it_prints_what_stands(client: Callable[..., list[str]], topics: Settings, topic: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CLIENTS / client.__name__, tmp_path / "client"))
    server = topics.kafka.bootstrap_servers
    assert client(folder, server, topic) == EXPECTED
    assert client(folder, server, f"{topics.topic_prefix}stances") == []  # an empty topic is no error
