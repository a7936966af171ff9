"""How a processor's process ends, and what the one who supervises it reads from that."""

import logging
import os
import sys
from contextlib import suppress
from enum import IntEnum
from typing import NoReturn

from opentelemetry import trace

log = logging.getLogger(__name__)

_FLUSH_MS = 1000


class Ending(IntEnum):
    """Exit codes, after BSD's sysexits where they have a word for it. After any other one a new start makes sense
    too."""

    STOPPED = 0  # it was asked to
    BREAKER = 65  # too much failed: starting again would fail as much
    CRASHED = 70  # a bug, or what a record did to the process
    TRY_AGAIN = 75  # the broker, the group or a transaction: nothing that a new start would not mend
    MISCONFIGURED = 78  # settings or models: a person has to change something


def end(ending: Ending, message: str, *arguments: object, error: BaseException | None = None) -> NoReturn:
    """Logs why and ends the process at once: no handler, no other thread delays it or commits anything more."""
    level = logging.INFO if ending is Ending.STOPPED else logging.CRITICAL
    log.log(level, message, *arguments, exc_info=error)
    _flush_traces()
    for handler in logging.getLogger().handlers:
        handler.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ending)


def _flush_traces() -> None:
    """Sends the spans that wait; there is no other end at which that could happen."""
    flush = getattr(trace.get_tracer_provider(), "force_flush", None)
    if flush is not None:
        with suppress(Exception):
            flush(_FLUSH_MS)
