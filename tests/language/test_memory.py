import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.language import memory
from pipeline.language.memory import give_back, give_back_now_and_then


def resident() -> int:
    """Kilobytes of this process."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1])


def freed(act: Callable[[], None]) -> int:
    """Kilobytes fewer after 100 MB were freed, and `act`."""
    blocks = [bytearray(100_000) for _ in range(1000)]  # below the size from which glibc maps each on its own
    keep = [blocks[-1]]  # lies on top of the heap, and holds all below it
    full = resident()
    blocks.clear()
    act()
    assert keep
    return full - resident()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_memory_goes_back_to_the_system() -> None:
    assert freed(give_back) > 80_000


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_done_now_and_then_is_not_done_at_once_again(monkeypatch: pytest.MonkeyPatch) -> None:
    give_back()
    assert freed(give_back_now_and_then) < 20_000
    monkeypatch.setattr(memory, "_SECONDS", -1.0)
    assert freed(give_back_now_and_then) > 80_000
