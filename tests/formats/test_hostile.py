"""What `tests.formats.hostile` sends ends as a named refusal, in a bounded memory."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.formats.hostile import INPUTS

# An attack may cost some multiple of the 8 MiB that a record may have, never of what it unfolds to.
MAX_GROWN_MIB = 160
TIMEOUT = 500  # seconds for all of them; they take about 30

HARMLESS = {
    "external-dtd": {"article": 1},
    "enormous-attribute": {"article": 1},
    "enormous-attribute-html": {"article": 1},
    "quadratic-wire-messages": {"no-text": 1},
}
REASONS = {
    "xxe": {"unsafe-markup"},
    "xxe-public": {"unsafe-markup"},
    "xxe-parameter": {"unsafe-markup"},
    "xxe-feed": {"unsafe-markup"},
    "billion-laughs": {"unsafe-markup"},
    "billion-laughs-feed": {"unsafe-markup"},
    "quadratic-entity": {"unsafe-markup"},
    "gzip-bomb": {"too-large"},
    "gzip-bomb-articles": {"expands-too-much"},
    "zstd-bomb": {"too-large"},
    "deep-json": {"too-deep"},
    "deep-xml": {"too-deep"},
    "many-entries": {"too-large"},
    "many-tags": {"too-large"},
}


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "tests.formats.hostile"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return {result["name"]: result for result in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", INPUTS)
def test_an_attack_is_refused_in_a_bounded_memory(results: dict[str, dict[str, Any]], name: str) -> None:
    assert name in results, "its process was killed, or crashed"
    result = results[name]
    assert result["grown_mib"] < MAX_GROWN_MIB, result
    if name in HARMLESS:
        assert result["ends"] == HARMLESS[name]
        return
    # What came before the attack was sound.
    refused = {end.removeprefix("refused: ") for end in result["ends"] if end != "article"}
    assert refused, result
    assert all(end.startswith("refused: ") for end in result["ends"] if end != "article"), result
    assert refused == REASONS.get(name, refused)
