"""Lines of a stream as they come."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

_BYTES = 64 * 1024  # read at once, at most


def coming(stream: BinaryIO, most: int) -> Iterator[list[bytes]]:
    """The lines of `stream`, up to `most` at a time: those that are there, however few.

    Who writes one line and waits for its answer gets it; who writes many has them worked on together.
    """
    # `read` would wait until a pipe holds as much as asked for.
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    rest = b""
    while chunk := read(_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        for start in range(0, len(lines), most):
            yield lines[start : start + most]
    if rest:
        yield [rest]
