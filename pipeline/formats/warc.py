"""WARC 1.0 and 1.1, the archive format of web crawlers, by warcio: each response with a page is an article.

warcio parses the records; finding them is done here, because its own iterator writes to standard error, and reads a
header of any length into memory.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from pipeline.errors import ArticleRefused, ArticleTooLarge, UndecodableRecord
from pipeline.formats import compression, html_page
from pipeline.formats.building import item_name
from pipeline.formats.content_type import charset, media_type
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source

NAME = "warc"

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_WITH_CONTENT = frozenset({"response", "resource", "revisit"})  # the rest describes these, or the crawl
_OK = "200"
_MAX_HEADERS = 1024 * 1024  # bytes of a record's headers, WARC and HTTP together
_BLOCK = 64 * 1024


def sniff(head: str) -> bool:
    """Whether this begins with the version line of a record."""
    return head.startswith("WARC/")


def decode(source: Source) -> Iterator[Outcome]:
    """Each response and resource of the archive, however many, one in memory at a time."""
    guarded = _Guarded(source.stream)
    # Here: a processor starts without it, and seldom sees an archive.
    from warcio.bufferedreaders import BufferedReader
    from warcio.recordloader import ArcWarcRecordLoader

    reader = BufferedReader(guarded)
    loader = ArcWarcRecordLoader()
    number = 0
    while (line := _version_line(reader)) is not None:
        number += 1
        if isinstance(line, ArticleRefused):
            yield line
            continue
        guarded.allowed = _MAX_HEADERS
        try:
            record = loader.parse_record_stream(reader, line, "warc")
        except ArticleTooLarge as refused:
            yield refused
            return
        except Exception as error:
            yield UndecodableRecord(NAME, f"its header: {type(error).__name__}", item=number)
            continue
        guarded.allowed = None
        if record.rec_type in _WITH_CONTENT:
            url = record.rec_headers.get_header("WARC-Target-URI")
            try:
                yield _outcome(record, url, item_name(url, number), source)
            except ArticleRefused as refused:
                yield refused
        while record.raw_stream.read(_BLOCK):
            pass


def _version_line(reader: Any) -> bytes | UndecodableRecord | None:
    """The line that begins the next record; a refusal where something else had to be passed over; None at the end."""
    while (line := reader.readline(_BLOCK)) and not line.strip():
        pass
    if not line or line.startswith(b"WARC/"):
        return line or None
    while (line := reader.readline(_BLOCK)) and not line.startswith(b"WARC/1."):
        pass
    # The record is found again by the next call: its line goes back into the buffer.
    reader.buff, reader.buff_size = _put_back(reader, line)
    return UndecodableRecord(NAME, "a record longer or shorter than it says")


def _put_back(reader: Any, line: bytes) -> tuple[Any, int]:
    rest = reader.buff.read() if reader.buff else b""
    return io.BytesIO(line + rest), len(line + rest)


def _outcome(record: Any, url: str | None, item: int | str, source: Source) -> Outcome:
    if record.rec_type == "revisit":
        return Skipped(item, "revisit", "the same content as in an earlier record")
    headers = record.http_headers or record.rec_headers
    if record.http_headers is not None and (status := record.http_headers.get_statuscode()) != _OK:
        return Skipped(item, "http-status", f"the server answered {status[:20]}")
    content_type = headers.get_header("Content-Type")
    if media_type(content_type) not in _PAGES:
        return Skipped(item, "not-a-page", media_type(content_type)[:100] or "no content type")
    limit = source.limits.max_record_bytes
    try:
        data = _content(record, headers, source)
    except ArticleRefused as refused:
        refused.item = item
        raise
    except Exception as error:
        raise UndecodableRecord(NAME, f"its content: {type(error).__name__}", item=item) from None
    if len(data) > limit:
        raise ArticleTooLarge(None, limit, "bytes", item=item)
    return html_page.page(data, source.limits, charset=charset(content_type), url=url, item=item)


def _content(record: Any, headers: Any, source: Source) -> bytes:
    """The content as it was before the server packed it, at most one byte more than a record may have."""
    limit = source.limits.max_record_bytes
    chunked = (headers.get_header("Transfer-Encoding") or "").lower() == "chunked"
    from warcio.bufferedreaders import ChunkedDataReader

    data: bytes = (ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream).read(limit + 1)
    if (headers.get_header("Content-Encoding") or "").strip().lower() == "deflate":
        # With the header of zlib, as the standard says, or without, as servers did.
        window = zlib.MAX_WBITS if data[:1] == b"\x78" else -zlib.MAX_WBITS
        return zlib.decompressobj(window).decompress(data, limit + 1)
    # gzip and zstd are told by their first bytes; crawlers that unpack leave the header as it was.
    return compression.unpacked(io.BytesIO(data), source.limits.max_expansion).read(limit + 1)


class _Guarded:
    """A stream that gives at most `allowed` bytes more; None: all it has."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.allowed: int | None = None

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if self.allowed is not None:
            self.allowed -= len(data)
            if self.allowed < 0:
                raise ArticleTooLarge(None, _MAX_HEADERS, "bytes of headers")
        return data
