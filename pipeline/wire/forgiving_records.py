"""Reading records whose header names are no UTF-8.

A header's name is a string, but the broker does not look, and producers in C, Go or Rust send what bytes they like.
aiokafka fails on such a record, and on the whole partition from there: one would stop a processor for good. Here its
name is read with escapes in place of the bytes that are no UTF-8 (`\\xff`), as the one thing about a record that is
not kept as it was.
"""

from collections.abc import Iterator
from typing import Any, SupportsIndex, overload

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

_MAGIC_OFFSET = 16  # of the byte in a batch that tells its version
_HEADERS_SINCE = 2  # the version


def install() -> None:
    """Makes every aiokafka consumer of this process read so."""
    fetcher.MemoryRecords = ForgivingRecords


class ForgivingRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """The batches of one fetch."""

    def next_batch(self, *arguments: Any) -> Any:
        """The next one; None after the last."""
        data = self._next_slice
        batch = super().next_batch(*arguments)
        return _Batch(batch, bytes(data)) if data is not None and data[_MAGIC_OFFSET] >= _HEADERS_SINCE else batch


class _Batch:
    """A batch that aiokafka's fast parser reads, and its slow one where that fails on a header's name."""

    def __init__(self, batch: DefaultRecordBatch, data: bytes) -> None:
        self._batch: Any = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except UnicodeDecodeError:
            batch: Any = iter(_DefaultRecordBatchPy(self._data))  # which unpacks it
            batch._buffer = _Escaping(batch._buffer)
            return iter(list(batch))


class _Escaping(bytearray):
    """Bytes whose slices decode to text whatever they are."""

    @overload
    def __getitem__(self, key: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> "_Escaping": ...
    def __getitem__(self, key: SupportsIndex | slice) -> "int | _Escaping":
        found = super().__getitem__(key)
        return found if isinstance(found, int) else _Escaping(found)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "backslashreplace")
