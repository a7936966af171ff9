import os
import subprocess
import sys
from pathlib import Path

from pipeline.wire import faults

_SCRIPT = (
    "from pipeline.wire import faults\nfor _ in range(3):\n    faults.reach('point')\n    print('passed', flush=True)\n"
)


def run(**environment: str) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.count("passed")


def test_a_fault_happens_at_its_count() -> None:
    assert run(CLAIMWIRE_TESTING="1", CLAIMWIRE_TEST_FAULT="other=exit,point=kill@2") == (-9, 1)
    assert run(CLAIMWIRE_TESTING="1", CLAIMWIRE_TEST_FAULT="point=raise@3") == (1, 2)


def test_without_the_word_that_this_is_a_test_nothing_happens() -> None:
    assert run(CLAIMWIRE_TEST_FAULT="point=kill") == (0, 3)
    assert run(CLAIMWIRE_TESTING="1") == (0, 3)


def test_once_is_once(tmp_path: Path) -> None:
    environment = {
        "CLAIMWIRE_TESTING": "1",
        "CLAIMWIRE_TEST_FAULT": "point=exit",
        "CLAIMWIRE_TEST_FAULT_ONCE": str(tmp_path / "done"),
    }
    assert run(**environment) == (1, 0)
    assert run(**environment) == (0, 3)


def test_no_fault_is_planned_in_this_process() -> None:
    faults.reach("point")
