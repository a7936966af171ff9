"""The Python of docs/subscribe.md runs as it stands there, on a real broker."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.wire.outgoing import outputs
from tests.conftest import REPOSITORY
from tests.consumers.test_subscription import destination, send
from tests.samples import ANNOTATED, CLAIM, ORIGIN

BLOCKS = re.findall(r"^```python\n(.*?)^```", (REPOSITORY / "docs/subscribe.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.broker
def test_every_example_runs(topics: Settings, tmp_path: Path) -> None:
    said = replace(CLAIM, source=replace(CLAIM.source, name="Helga Varnum", text="Varnum"))
    claims = tuple(replace(said, id=f"clm_{number}") for number in range(3))
    send(topics, *outputs(replace(ANNOTATED, claims=claims), origin=ORIGIN, destination=destination(topics)))
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS": topics.kafka.bootstrap_servers,
        "CLAIMWIRE_TOPIC_PREFIX": topics.topic_prefix,
    }
    printed = []
    for block in BLOCKS:
        done = subprocess.run(
            [sys.executable, "-c", block], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}"
        printed.append(done.stdout)
    assert len(printed) == 4
    assert printed[0] == "Helga Varnum says There is no progress yet\n" * 3
