"""Memory that is no longer used, back to the system."""

import ctypes
import time
from functools import cache

_SECONDS = 2.0
_last = float("-inf")


@cache
def _libc() -> ctypes.CDLL | None:
    """The C library, where it is glibc."""
    try:
        library = ctypes.CDLL("libc.so.6")
        library.malloc_trim.argtypes = [ctypes.c_size_t]
    except (OSError, AttributeError):
        return None
    return library


def give_back() -> None:
    """Return freed pages to the system, in a few milliseconds; elsewhere than on glibc nothing happens.

    The encoder's buffers are as large as an article is long, those of the wire as large as a batch. glibc keeps the
    pages of the largest ones, and splinters them, so that a process that reads articles for days would creep upward.
    """
    global _last
    _last = time.monotonic()
    library = _libc()
    if library is not None:
        library.malloc_trim(0)


def give_back_now_and_then() -> None:
    """The same where it was not done for two seconds. The model calls this behind each call of its own, the annotator
    behind each batch: what is given back has to be asked for again, a page at a time, and each article did so for
    a twentieth of its time."""
    if time.monotonic() - _last > _SECONDS:
        give_back()
