"""The programs that a local broker needs: Java and Maven. A missing one is named with the command that installs it."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import MissingProgram

JAVA_RELEASE = 17  # the oldest that Kafka 4 brokers run on

_PACKAGES = {
    "apt-get install": {"java": "openjdk-17-jre-headless", "maven": "maven"},
    "dnf install": {"java": "java-17-openjdk-headless", "maven": "maven"},
    "apk add": {"java": "openjdk17-jre-headless", "maven": "maven"},
    "pacman -S": {"java": "jre17-openjdk-headless", "maven": "maven"},
    "brew install": {"java": "openjdk@17", "maven": "maven"},
}


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that is new enough. `version`: as it says itself, for example "17.0.15"."""

    path: Path
    version: str


def find_java() -> Java:
    """The Java of JAVA_HOME, else of PATH. Raises MissingProgram for none, a broken or an older one."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home, "bin"))) if home else None
    found = found or shutil.which("java")
    wanted = f"Java {JAVA_RELEASE} or newer"
    if found is None:
        raise MissingProgram(wanted, install_command("java"))
    try:
        said = subprocess.run([found, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        raise MissingProgram(f"{wanted} ({found} does not run)", install_command("java")) from None
    version = re.search(r'version "([^"]+)"', said.stderr + said.stdout)
    if version is None:
        raise MissingProgram(f"{wanted} ({found} does not run)", install_command("java"))
    if _release(version[1]) < JAVA_RELEASE:
        raise MissingProgram(f"{wanted} ({found} is {version[1]})", install_command("java"))
    return Java(Path(found), version[1])


def find_maven() -> Path:
    """Maven's command. Raises MissingProgram."""
    found = shutil.which("mvn")
    if found is None:
        raise MissingProgram("Maven", install_command("maven"))
    return Path(found)


def install_command(program: str) -> str:
    """How "java" or "maven" is installed with the package manager of this machine."""
    for manager, packages in _PACKAGES.items():
        if shutil.which(manager.split()[0]):
            sudo = "" if manager.startswith("brew") or os.geteuid() == 0 else "sudo "
            return f"{sudo}{manager} {packages[program]}"
    return {"java": "https://adoptium.net", "maven": "https://maven.apache.org/install.html"}[program]


def _release(version: str) -> int:
    """The feature release: 17 of "17.0.15" and of "17-ea", 8 of "1.8.0_402"."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    return numbers[1] if numbers[:1] == [1] and len(numbers) > 1 else numbers[0]
