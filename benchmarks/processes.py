"""What a process costs, as Linux tells it of any that belongs to the same user."""

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, of its threads but not of its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident(pid: int, what: str = "VmRSS") -> float:
    """Resident memory of a process, MiB: now (VmRSS), or the most so far (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def with_words(*words: str) -> list[int]:
    """The processes whose command line has all of these words, each as an argument of its own."""
    return [pid for pid, command in _commands() if set(words) <= set(command)]


def _commands() -> Iterator[tuple[int, list[str]]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue  # it ended meanwhile
        yield int(path.parent.name), command
