"""Checkers from npm (`package.json` beside this file), installed once into pytest's cache."""

import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

MANIFEST = Path(__file__).with_name("package.json")


@pytest.fixture(scope="session")
def npm_packages(pytestconfig: pytest.Config) -> Path:
    """A folder with the packages installed, to run node in. Skips where there is no node."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs node and npm, which are not on this machine")
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("npm")
    # pytest-xdist's workers share the cache.
    with FileLock(folder / "lock"):
        _install(folder)
    return folder


def _install(folder: Path) -> None:
    installed, wanted = folder / "installed.json", MANIFEST.read_bytes()
    if installed.is_file() and installed.read_bytes() == wanted:
        return
    (folder / "package.json").write_bytes(wanted)
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.fail(f"npm could not install {MANIFEST.name}: {done.stderr or done.stdout}")
    installed.write_bytes(wanted)
