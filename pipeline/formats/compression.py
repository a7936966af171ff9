"""gzip and zstd around any format: unpacked as a stream, in a bounded memory, to a bounded length."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import zstandard

from pipeline.errors import ExpandsTooMuch, UndecodableRecord

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SUFFIXES = (".gz", ".gzip", ".zst", ".zstd")

HEAD = 256 * 1024  # bytes that a format may look at to recognise itself

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_MIN_HEAD = 4  # bytes of the longest of them
_MAX_LAYERS = 3  # a .gz inside a .gz happens; more is an attack
_ZSTD_WINDOW = 128 * 1024 * 1024  # bytes; the largest that `zstd` itself unpacks without being told
# Packed bytes taken at a time: four of them can hold a block of 128 KiB.
_ZSTD_STEP = 512
# Below this a ratio says nothing: 8 MiB of one character are 8 KiB of gzip.
_FREE = 8 * 1024 * 1024


def unpacked(stream: BinaryIO, max_expansion: int) -> io.BufferedReader:
    """`stream` without the gzip and zstd around it, several layers and several members too.

    Reading raises UndecodableRecord where the compressed data is damaged or ends early, and ExpandsTooMuch where one
    compressed byte gives more than `max_expansion` (beyond the first 8 MiB).
    """
    counted = _Counted(stream)
    buffered: io.BufferedReader = io.BufferedReader(counted, HEAD)
    for _ in range(_MAX_LAYERS):
        packing = _packing(buffered)
        if packing is None:
            return buffered
        buffered = io.BufferedReader(_Unpacked(buffered, packing, counted, max_expansion), HEAD)
    if _packing(buffered) is not None:
        raise UndecodableRecord("gzip or zstd", f"packed more than {_MAX_LAYERS} times over")
    return buffered


def _packing(stream: io.BufferedReader) -> str | None:
    head = stream.peek(4)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


class _Counted(io.RawIOBase):
    """Passes bytes on as they come and counts them."""

    def __init__(self, stream: BinaryIO) -> None:
        # A pipe then hands over what it has: a line is decoded before the next one is written.
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        done = 0
        # The first bytes must suffice to recognise a compression.
        while done < len(room) and ((self.count == 0 and done < _MIN_HEAD) or done == 0):
            data = self._read(len(room) - done)
            if not data:
                break
            room[done : done + len(data)] = data
            done += len(data)
        self.count += done
        return done


class _Unpacked(io.RawIOBase):
    def __init__(self, packed: io.BufferedReader, packing: str, source: _Counted, max_expansion: int) -> None:
        self._packing = packing
        self._source = source
        self._max_expansion = max_expansion
        self._count = 0
        self._read: Callable[[int], bytes]
        if packing == "gzip":
            self._read = gzip.GzipFile(fileobj=packed).read1
        else:
            self._read = _Zstd(packed).read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer)
        with _named(self._packing):
            data = self._read(len(room))
        room[: len(data)] = data
        self._count += len(data)
        if self._count > _FREE + self._source.count * self._max_expansion:
            raise ExpandsTooMuch(self._max_expansion)
        return len(data)


class _Zstd:
    """Reads zstd frames, one after the other. zstandard's own reader takes an end in the middle of one for its end."""

    def __init__(self, packed: io.BufferedReader) -> None:
        self._packed = packed
        self._unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame = self._unpacker.decompressobj()
        self._begun = False
        self._rest = b""  # packed, of the next frame
        self._ready = io.BytesIO()

    def read(self, size: int) -> bytes:
        while not (data := self._ready.read(size)):
            packed = self._rest or self._packed.read(_ZSTD_STEP)
            self._rest = b""
            if not packed:
                if self._begun:
                    raise EOFError("it ends before the end of its last frame")
                break
            self._ready = io.BytesIO(self._frame.decompress(packed))
            self._begun = not self._frame.eof
            if self._frame.eof:
                self._rest = self._frame.unused_data
                self._frame = self._unpacker.decompressobj()
        return data


@contextmanager
def _named(packing: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise UndecodableRecord(packing, str(error) or "damaged") from None
