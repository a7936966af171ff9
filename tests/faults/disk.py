"""A real file system of a few MiB, to be filled: tmpfs, which wants root."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_KIB = 1024


def obstacle() -> str | None:
    """Why a small file system cannot be mounted here."""
    if not sys.platform.startswith("linux"):
        return "a tmpfs is mounted on Linux alone"
    if os.geteuid() != 0:
        return "mounting a small tmpfs needs root"
    if shutil.which("mount") is None:
        return "there is no mount command"
    return None


@contextmanager
def small(folder: Path) -> Iterator[Path]:
    """A file system of 4 MiB at `folder`, which is made; gone afterwards."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={4 * _KIB * _KIB}", "claimwire-faults", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"a small tmpfs cannot be mounted: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(folder: Path) -> None:
    """Takes every byte that is left there."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4 * _KIB)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
