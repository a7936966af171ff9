import os
from pathlib import Path

import pytest

from pipeline.errors import MissingProgram
from pipeline.wire.broker.programs import find_java, find_maven, install_command


def script(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def says(version: str) -> str:
    return f"""echo 'openjdk version "{version}" 2025-04-15' >&2"""


@pytest.mark.parametrize("version", ["17.0.15", "17-ea", "21", "25.0.1"])
def test_a_new_enough_java_is_found(programs: Path, version: str) -> None:
    path = script(programs, "java", says(version))
    java = find_java()
    assert (java.path, java.version) == (path, version)


@pytest.mark.parametrize("version", ["11.0.2", "1.8.0_402", "16"])
def test_an_older_java_is_as_good_as_none(programs: Path, version: str) -> None:
    script(programs, "java", says(version))
    with pytest.raises(MissingProgram, match=f"Java 17 or newer .* is {version}"):
        find_java()


def test_a_java_that_does_not_run_is_as_good_as_none(programs: Path) -> None:
    # macOS has one that only says where to get Java.
    script(programs, "java", "exit 1")
    with pytest.raises(MissingProgram, match="does not run"):
        find_java()


def test_java_home_comes_first(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(programs, "java", says("11.0.2"))
    path = script(programs, "home/bin/java", says("21"))
    monkeypatch.setenv("JAVA_HOME", str(programs / "home"))
    assert find_java().path == path


@pytest.mark.parametrize(
    ("manager", "java", "maven"),
    [
        ("apt-get", "apt-get install openjdk-17-jre-headless", "apt-get install maven"),
        ("dnf", "dnf install java-17-openjdk-headless", "dnf install maven"),
        ("brew", "brew install openjdk@17", "brew install maven"),
    ],
)
def test_a_missing_program_names_the_command_that_brings_it(
    programs: Path, monkeypatch: pytest.MonkeyPatch, manager: str, java: str, maven: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    script(programs, manager, "exit 0")
    with pytest.raises(MissingProgram, match="Java 17 or newer is not installed") as caught:
        find_java()
    assert caught.value.remedy == f"Install it: {java}"
    with pytest.raises(MissingProgram, match="Maven is not installed") as caught:
        find_maven()
    assert caught.value.remedy == f"Install it: {maven}"


def test_who_is_not_root_needs_sudo(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    script(programs, "apt-get", "exit 0")
    assert install_command("maven") == "sudo apt-get install maven"


def test_without_a_known_package_manager_there_is_an_address(programs: Path) -> None:
    assert install_command("java").startswith("https://")
