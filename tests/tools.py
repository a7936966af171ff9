"""Programs that check what is deployed, where Python's packages do not bring them: helm and promtool.

On the PATH, or in the user's cache. What is in neither comes there by itself: promtool out of Debian's package, in
seconds, and Helm built by Go, in minutes, once. Chromium, docker-compose and PostgreSQL root has apt install.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock
from platformdirs import user_cache_path

HELM = "helm.sh/helm/v3/cmd/helm@v3.22.0"
FOLDER = user_cache_path("claimwire") / "tools"


def found(program: str) -> Path | None:
    """Where it is; None: nowhere."""
    path = shutil.which(program) or shutil.which(program, path=str(FOLDER))
    return Path(path) if path else None


def from_debian(program: str, package: str) -> Path | None:
    """A program that is there, or that root has apt install, as in CI; None: neither."""
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        return found(program)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER / "apt.lock"):
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
            if found(program):
                break
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", *command], env=quiet, capture_output=True, timeout=900, check=False)
        return found(program)


@pytest.fixture(scope="session")
def helm() -> Path:
    """Skips where there is none, and no Go to build it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER / "helm.lock"):
        path = found("helm") or bring_helm()
    if path is None:
        pytest.skip("no helm on this machine, and it could not be built: install Helm, or Go")
    return path


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Skips where there is none, and no apt to get it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER / "lock"):
        path = found("promtool") or bring_promtool()
    if path is None:
        pytest.skip(
            "no promtool on this machine: install Prometheus, or run `apt-get update` for Debian's to be fetched"
        )
    return path


def bring_promtool() -> Path | None:
    """Out of Debian's package, without installing it; None where apt has none."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["apt-get", "download", "prometheus"], cwd=folder, capture_output=True, timeout=300, check=False
        )
        packages = list(Path(folder).glob("prometheus_*.deb"))
        if done.returncode or not packages:
            return None
        subprocess.run(["dpkg-deb", "-x", str(packages[0]), folder], check=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(folder, "usr", "bin", "promtool"), FOLDER / "promtool")
    return FOLDER / "promtool"


def bring_helm() -> Path | None:
    """Built by Go; None where there is no Go, or none that reaches its modules."""
    if shutil.which("go") is None:
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["go", "install", HELM], env={**os.environ, "GOBIN": str(FOLDER)}, check=False)
    return None if done.returncode else FOLDER / "helm"


def main() -> None:
    """Brings what is not there."""
    for program, bring, needs in (("promtool", bring_promtool, "apt"), ("helm", bring_helm, "Go")):
        path = found(program) or bring()
        print(f"{program}: {path or f'not here, and no {needs} to bring it'}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
