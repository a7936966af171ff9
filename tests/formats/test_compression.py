import gzip
import io

import pytest
import zstandard
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.errors import ArticleRefused, ArticleTooLarge, ExpandsTooMuch, UndecodableRecord
from pipeline.formats import compression, decode_stream
from pipeline.records import Article
from pipeline.settings import LimitsSettings
from tests.formats.reading import FIXTURES, LIMITS, fixture, outcomes

STORY = b'{"body": "The bridge is closed."}\n'


def unpacked(data: bytes, max_expansion: int = 100) -> bytes:
    return compression.unpacked(io.BytesIO(data), max_expansion).read()


@given(st.binary(), st.binary())
def test_gzip_and_zstd_in_several_members(one: bytes, other: bytes) -> None:
    assume(not (one + other).startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd")))
    assert unpacked(gzip.compress(one) + gzip.compress(other)) == one + other
    assert unpacked(zstandard.compress(one) + zstandard.compress(other)) == one + other
    assert unpacked(gzip.compress(zstandard.compress(one + other))) == one + other


@pytest.mark.parametrize("name", [path.name for path in sorted(FIXTURES.iterdir())])
def test_every_format_may_be_packed(name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    plain = fixture(name)
    assert [str(o) for o in outcomes(gzip.compress(data))] == [str(o) for o in plain]
    assert [str(o) for o in outcomes(zstandard.compress(data), name=f"{name}.zst")] == [str(o) for o in plain]


@pytest.mark.parametrize("packed", [gzip.compress(STORY * 100), zstandard.compress(STORY * 100)], ids=["gzip", "zstd"])
def test_damage_is_a_refusal(packed: bytes) -> None:
    for data in (packed[: len(packed) // 2], packed[:20] + b"\xff" * 20 + packed[40:], packed[:3]):
        found = outcomes(data, name="stories.jsonl.gz")
        assert isinstance(found[-1], ArticleRefused), found


def test_what_was_whole_before_the_damage_is_kept() -> None:
    lines = b"".join(b'{"body": "Story %d."}\n' % number for number in range(20_000))
    found = list(decode_stream(io.BytesIO(gzip.compress(lines)[:-2_000]), name="a.jsonl.gz", limits=LIMITS))
    assert sum(isinstance(outcome, Article) for outcome in found) > 10_000
    assert isinstance(found[-1], UndecodableRecord)
    assert found[-1].format == "gzip"


def test_a_record_is_bounded_unpacked_and_a_file_only_line_by_line() -> None:
    limits = LimitsSettings(max_record_bytes=1_000)
    packed = gzip.compress(STORY * 100)
    assert len(packed) < 1_000
    assert isinstance(list(outcomes(packed, limits=limits))[-1], ArticleTooLarge)
    assert len(list(decode_stream(io.BytesIO(packed), limits=limits))) == 100


def test_a_line_that_is_too_long_does_not_stop_the_others() -> None:
    data = STORY + b'{"body": "' + b"x" * 5_000 + b'"}\n' + STORY
    found = list(decode_stream(io.BytesIO(data), limits=LimitsSettings(max_record_bytes=1_000)))
    assert [type(outcome) for outcome in found] == [Article, ArticleTooLarge, Article]
    assert isinstance(found[1], ArticleTooLarge)
    assert found[1].item == 2


def test_growth_is_bounded_by_what_was_read() -> None:
    with pytest.raises(ExpandsTooMuch):
        unpacked(gzip.compress(bytes(64 * 1024 * 1024)))
    assert len(unpacked(gzip.compress(bytes(4 * 1024 * 1024)))) == 4 * 1024 * 1024


def test_packed_too_often() -> None:
    data = b"text"
    for _ in range(4):
        data = gzip.compress(data)
    with pytest.raises(UndecodableRecord):
        unpacked(data)


def test_a_pipe_is_read_as_it_comes() -> None:
    import os

    reader, writer = os.pipe()
    os.write(writer, STORY + STORY)
    with open(reader, "rb", buffering=0) as stream:  # noqa: PTH123 (a descriptor)
        found = decode_stream(stream, format="jsonl", limits=LIMITS)
        assert isinstance(next(found), Article)  # the writer has not closed its end
        os.close(writer)
        assert len(list(found)) == 1
