import sys
from pathlib import Path

import pytest

from pipeline.language.memory import give_back


def resident() -> int:
    """Kilobytes of this process."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_memory_goes_back_to_the_system() -> None:
    blocks = [bytearray(100_000) for _ in range(1000)]  # below the size from which glibc maps each on its own
    keep = [blocks[-1]]  # lies on top of the heap, and holds all below it
    full = resident()
    blocks.clear()
    give_back()
    assert full - resident() > 80_000
    assert keep
