"""How a command that runs for long is asked to end."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Within: SIGTERM, which supervisors send, does what Ctrl-C does, so both clean up the same way."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def sets_on_signal(stopping: threading.Event) -> Iterator[None]:
    """Within: SIGTERM and SIGINT set `stopping`; a second one ends the process at once."""

    def handle(number: int, frame: object) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
