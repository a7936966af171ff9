"""Java's archive of loaded classes (CDS): a broker that finds one starts in 2.2 s instead of 3.5.

The first broker notes which classes it loads; while it serves, a process of the lowest priority packs them (7 s of one
core, 60 MB). Later brokers use the archive; Java itself passes over one that does not fit.
"""

import os
import subprocess
import time
from pathlib import Path

from pipeline.wire.broker.jars import class_path
from pipeline.wire.broker.runtime import Runtime, with_parent

_LOWEST_PRIORITY = 19
_LEFT_OVER_SECONDS = 600


class ArchiveBuilder:
    """Makes the archive of `runtime` where there is none. `folder`: for the list of classes."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self.runtime = runtime
        self.classes = folder / "classes.list"
        self.wanted = not runtime.archive.exists()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """Java flags for the broker whose classes are noted."""
        return (f"-XX:DumpLoadedClassList={self.classes}",) if self.wanted else ()

    def begin(self) -> None:
        """Starts packing, once the broker is ready: what it has loaded by then is what a start needs."""
        if not self.wanted or not self.classes.exists():
            return
        self.wanted = False
        # Java is still writing: the last line may be half a line.
        self._noted.write_bytes(self.classes.read_bytes().rpartition(b"\n")[0] + b"\n")
        self._remove_leftovers()
        command = [
            str(self.runtime.java.path),
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-Xshare:dump",
            f"-XX:SharedClassListFile={self._noted}",
            f"-XX:SharedArchiveFile={self._new}",
            "-cp",
            class_path(self.runtime.jars),
        ]
        self._process = subprocess.Popen(
            with_parent(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.setpriority(os.PRIO_PROCESS, self._process.pid, _LOWEST_PRIORITY)

    def end(self, seconds: float = 0.0) -> None:
        """Takes the finished archive over; after `seconds` gives an unfinished one up: the next broker makes it."""
        if self._process is None:
            return
        try:
            finished = self._process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            finished = False
            self._process.kill()
            self._process.wait()
        self._process = None
        if finished and self._new.exists():
            self._new.replace(self.runtime.archive)
        self._new.unlink(missing_ok=True)
        for path in (self.classes, self._noted):
            path.unlink(missing_ok=True)

    def _remove_leftovers(self) -> None:
        """Of builders that were killed: 60 MB each."""
        for path in self.runtime.jars.glob("*.new"):
            if path.stat().st_mtime < time.time() - _LEFT_OVER_SECONDS:
                path.unlink(missing_ok=True)

    @property
    def _noted(self) -> Path:
        return self.classes.with_suffix(".complete")

    @property
    def _new(self) -> Path:
        return self.runtime.archive.with_suffix(f".{os.getpid()}.new")
