import os
from io import BytesIO

import pytest

from pipeline.cli.coming import coming


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a\n", [[b"a"]]),
        (b"a\n\nb", [[b"a", b""], [b"b"]]),
        (b"a\nb\nc\n", [[b"a", b"b"], [b"c"]]),
    ],
)
def test_no_more_at_a_time_than_asked_for(data: bytes, lines: list[list[bytes]]) -> None:
    assert list(coming(BytesIO(data), 2)) == lines


def test_a_line_longer_than_what_is_read_at_once() -> None:
    assert list(coming(BytesIO(b"x" * 200_000 + b"\ny\n"), 2)) == [[b"x" * 200_000, b"y"]]


def test_what_a_pipe_holds_does_not_wait_for_more() -> None:
    there, here = os.pipe()
    with open(there, "rb") as stream, open(here, "wb", buffering=0) as writer:  # noqa: PTH123 (descriptors)
        found = coming(stream, 64)
        writer.write(b"a\nb\nhal")
        assert next(found) == [b"a", b"b"]
        writer.write(b"f\n")
        assert next(found) == [b"half"]
        writer.close()
        assert next(found, None) is None
