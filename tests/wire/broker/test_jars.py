from pathlib import Path

import pytest

from pipeline.errors import BrokerFailed, MissingProgram
from pipeline.settings import BrokerSettings
from pipeline.wire.broker.jars import class_path, resolve
from tests.wire.broker.test_programs import script

VERSION = BrokerSettings().version


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the user."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_without_maven_it_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingProgram, match="Maven"):
        resolve(VERSION)


def test_what_maven_complains_of_is_passed_on(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "mvn", "echo '[ERROR] no such artifact: kafka' ; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerFailed, match="no such artifact"):
        resolve("99.0.0")
    assert list(cache.rglob("*.jar")) == []
    assert list(cache.rglob("incoming-*")) == []


@pytest.mark.broker
def test_maven_brings_them_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    broken = cache / "claimwire" / "kafka" / f"{VERSION}-log4j-2.25.4"
    broken.mkdir(parents=True)
    (broken / "half.jar").touch()
    folder = resolve(VERSION, said.append)
    jars = class_path(folder).split(":")
    assert jars == sorted(jars)
    assert f"kafka_2.13-{VERSION}.jar" in {Path(jar).name for jar in jars}
    assert "half.jar" not in {Path(jar).name for jar in jars}
    assert len(said) == 1
    # The second time needs no Maven.
    monkeypatch.setenv("PATH", "")
    assert resolve(VERSION, said.append) == folder
    assert len(said) == 1
