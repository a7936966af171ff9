"""The plain-Kafka programs of examples/clients read what stands, each in its own language, as a user would run it."""

import shutil
import subprocess
from collections.abc import Callable
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

CLIENTS = REPOSITORY / "examples" / "clients"
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
        with pytest.raises(InterruptedError), producer.transaction() as send:
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


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(CLIENTS / name, folder / name))


def java(folder: Path, server: str, topic: str) -> list[str]:
    needs("mvn", "javac")
    return run(copied("java", folder), "mvn", "-q", "-B", "compile", "exec:java", f"-Dexec.args={server} {topic}")


def go(folder: Path, server: str, topic: str) -> list[str]:
    needs("go")
    return run(copied("go", folder), "go", "run", ".", server, topic)


def typescript(folder: Path, server: str, topic: str) -> list[str]:
    needs("node", "npm")
    program = copied("typescript", folder)
    run(program, "npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock")
    run(program, "npm", "run", "--silent", "check")
    return run(program, "npm", "run", "--silent", "claims", "--", server, topic)


@pytest.mark.parametrize("client", [java, go, typescript], ids=lambda client: str(client.__name__))
def test_it_prints_what_stands(
    client: Callable[[Path, str, str], list[str]], topics: Settings, topic: str, tmp_path: Path
) -> None:
    assert client(tmp_path, topics.kafka.bootstrap_servers, topic) == EXPECTED


@pytest.mark.parametrize("client", [java, go, typescript], ids=lambda client: str(client.__name__))
def test_an_empty_topic_is_no_error(
    client: Callable[[Path, str, str], list[str]], topics: Settings, tmp_path: Path
) -> None:
    assert client(tmp_path, topics.kafka.bootstrap_servers, f"{topics.topic_prefix}stances") == []
