"""A service that a command runs beside itself."""

import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import ServiceFailed
from pipeline.wire.broker.runtime import with_parent


class Child:
    """Starts on entering, and is stopped on leaving: asked by SIGTERM, killed after `patience` seconds.

    `log`: where its output goes; None for that of this process.
    """

    def __init__(self, name: str, command: list[str], log: Path | None, *, patience: float) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    def check(self) -> None:
        """Raises ServiceFailed where it has ended."""
        if self._process is not None and self._process.poll() is not None:
            raise ServiceFailed(self.name, f"ended with code {self._process.returncode}{self._last_words()}", self.log)

    def _last_words(self) -> str:
        if self.log is None:
            return ""
        lines = self.log.read_bytes().decode("utf-8", "replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def __enter__(self) -> Self:
        with ExitStack() as files:
            log = files.enter_context(self.log.open("wb")) if self.log is not None else None
            # A session of its own: Ctrl-C reaches the command alone, which stops things in their order.
            self._process = subprocess.Popen(
                with_parent(self._command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None:
            return
        try:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(self._patience)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._process.kill()
            self._process.wait()
