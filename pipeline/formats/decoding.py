"""Bytes to articles, whatever the format. Nothing that an input holds makes these functions raise."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from pipeline.errors import ArticleRefused, ArticleTooDeep, ArticleTooLarge, UndecodableRecord
from pipeline.formats import compression, registry
from pipeline.formats.content_type import charset
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source
from pipeline.settings import LimitsSettings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_log = logging.getLogger(__name__)


def decode(
    data: bytes,
    *,
    content_type: str | None = None,
    name: str | None = None,
    format: str | None = None,
    url: str | None = None,
    limits: LimitsSettings,
) -> Iterator[Outcome]:
    """The articles of one record or one short file, in order; with them what was skipped, withdrawn, refused.

    The format is `format`, else that of `content_type`, else that of `name` (of a file), else what the bytes look
    like; gzip and zstd around it are found by their own first bytes. `url`: where the data was fetched from: articles
    that give none have it. Unpacked, `data` may have `limits.max_record_bytes`.
    """
    if len(data) > limits.max_record_bytes:
        yield ArticleTooLarge(len(data), limits.max_record_bytes, "bytes")
        return
    yield from _decode(io.BytesIO(data), content_type, name, format, url, limits, whole=True)


def decode_stream(
    stream: BinaryIO,
    *,
    content_type: str | None = None,
    name: str | None = None,
    format: str | None = None,
    url: str | None = None,
    limits: LimitsSettings,
) -> Iterator[Outcome]:
    """As `decode`, for a file of any length: JSON lines and WARC are read piece by piece, in a bounded memory.

    `limits.max_record_bytes` then holds for each line and page; for formats that are one document, for the whole.
    """
    yield from _decode(stream, content_type, name, format, url, limits, whole=False)


def _decode(
    stream: BinaryIO,
    content_type: str | None,
    name: str | None,
    format: str | None,
    url: str | None,
    limits: LimitsSettings,
    *,
    whole: bool,
) -> Iterator[Outcome]:
    chosen = None
    try:
        unpacked = compression.unpacked(stream, limits.max_expansion)
        if whole:
            unpacked = io.BufferedReader(_Limited(unpacked, limits.max_record_bytes), compression.HEAD)
        inner = _inner_name(name)
        chosen = (
            registry.named(format)
            if format
            else registry.chosen(content_type, inner, unpacked.peek(compression.HEAD)[: compression.HEAD])
        )
        nothing = True
        for outcome in chosen.decode(Source(unpacked, limits, charset(content_type), inner, url)):
            nothing = False
            yield outcome
        if nothing:
            yield Skipped(None, "no-items", f"{chosen.name} without a single item")
    except ArticleRefused as refused:
        yield refused
    except RecursionError:
        yield ArticleTooDeep(limits.max_depth)
    except OSError:
        raise  # the disk or the pipe, not the content
    except Exception as error:
        # A parser tripped over the content in a way that its authors did not foresee: the article is refused, and the
        # service goes on.
        _log.info("decoding as %s failed", chosen.name if chosen else "anything", exc_info=True)
        yield UndecodableRecord(chosen.name if chosen else "any format", f"its parser failed: {type(error).__name__}")


def _inner_name(name: str | None) -> str | None:
    for suffix in compression.SUFFIXES:
        if name and name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


class _Limited(io.RawIOBase):
    """Raises ArticleTooLarge when more than `limit` bytes are read."""

    def __init__(self, stream: io.BufferedReader, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        done = self._stream.readinto1(buffer)
        self._count += done
        if self._count > self._limit:
            raise ArticleTooLarge(None, self._limit, "bytes")
        return done
