from typing import Any, Self

import pytest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wire.forgiving_records import ForgivingRecords


class RawName(str):
    """A header's name that goes out as these bytes."""

    data: bytes

    def __new__(cls, data: bytes) -> Self:
        made = super().__new__(cls, "name")
        made.data = data
        return made

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return self.data


def batch(names: list[bytes], compression: int = 0, base: int = 0) -> bytes:
    builder: Any = _DefaultRecordBatchBuilderPy(2, compression, 0, -1, -1, -1, 1 << 20)
    for number, name in enumerate(names):
        builder.append(number, 1000 + number, b"key", b"value", [("first", None), (RawName(name), b"data")])
    return bytes(builder.build())


def read(data: bytes) -> list[Any]:
    records, found = ForgivingRecords(data), []
    while records.has_next():
        found += list(records.next_batch())
    return found


@given(st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=5))
def test_every_name_is_read(names: list[bytes]) -> None:
    found = read(batch(names))
    assert [record.headers[1][0] for record in found] == [name.decode("utf-8", "backslashreplace") for name in names]
    assert {(record.key, record.value, *record.headers[0]) for record in found} == {(b"key", b"value", "first", None)}
    assert [(record.offset, record.timestamp) for record in found] == [(n, 1000 + n) for n in range(len(names))]
    assert [record.headers[1][1] for record in found] == [b"data"] * len(names)


@pytest.mark.parametrize("compression", [0, 1, 2, 3, 4])
def test_whatever_the_compression(compression: int) -> None:
    assert [record.headers[1][0] for record in read(batch([b"\xff", b"good"], compression) * 2)] == [
        "\\xff",
        "good",
    ] * 2


def test_a_batch_says_the_rest_itself() -> None:
    made = ForgivingRecords(batch([b"\xff"])).next_batch()
    assert made.validate_crc()
    assert (made.base_offset, made.next_offset, made.is_control_batch, made.is_transactional) == (0, 1, False, False)
    assert next(ForgivingRecords(batch([b"good"])).next_batch()).key == b"key"
