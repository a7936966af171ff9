"""Fixtures that every test may use."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests.kafka import bootstrap_servers, kafka_settings, own_broker, own_settings, topics
from tests.npm import npm_packages
from tests.registry import registry_url
from tests.tools import helm, promtool

__all__ = [
    "bootstrap_servers",
    "helm",
    "kafka_settings",
    "npm_packages",
    "own_broker",
    "own_settings",
    "promtool",
    "registry_url",
    "topics",
]

# A busy machine makes an example slow, and says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_configure() -> None:
    """A shell that starts the tests in the background leaves them, and all that they start, deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The research data beside the checkout, or CLAIMWIRE_SHARED; skips where there is none."""
    folder = Path(os.environ.get("CLAIMWIRE_SHARED") or REPOSITORY.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"no research data at {folder}")
    return folder


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no variable set that settings are read from."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name in [name for name in os.environ if name.startswith("CLAIMWIRE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
