"""WARC 1.0 and 1.1, the archive format of web crawlers: each response with a page is an article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecordType

from pipeline.errors import ArticleRefused, ArticleTooLarge, UndecodableRecord
from pipeline.formats import html_page
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source

NAME = "warc"

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_OK = 200


def sniff(head: str) -> bool:
    """Whether this begins with the version line of a record."""
    return head.startswith("WARC/")


def decode(source: Source) -> Iterator[Outcome]:
    """Each response and resource of the archive, however many, one in memory at a time."""
    records = ArchiveIterator(
        source.stream,
        record_types=WarcRecordType.response | WarcRecordType.resource | WarcRecordType.revisit,
        parse_http=True,
        auto_decode="all",
        stream_detect=False,
        fsspec_args=False,
    )
    while True:
        try:
            record = next(records, None)
        except (OSError, ValueError) as error:
            # Where a record ends is only known from its header: after a broken one nothing can be found.
            raise UndecodableRecord(NAME, str(error)[:200]) from None
        if record is None:
            return
        item = record.headers.get("WARC-Target-URI") or record.record_id or "unnamed"
        try:
            yield _outcome(record, item, source)
        except ArticleRefused as refused:
            yield refused
        except (OSError, ValueError) as error:
            yield UndecodableRecord(NAME, str(error)[:200], item=item)


def _outcome(record: Any, item: str, source: Source) -> Outcome:
    if record.record_type == WarcRecordType.revisit:
        return Skipped(item, "revisit", "the same content as in an earlier record")
    if record.is_http and record.http_headers is not None and (status := record.http_headers.status_code) != _OK:
        return Skipped(item, "http-status", f"the server answered {status}")
    media_type = (record.http_content_type if record.is_http else record.headers.get("Content-Type")) or ""
    media_type = media_type.partition(";")[0].strip().lower()
    if media_type not in _PAGES:
        return Skipped(item, "not-a-page", media_type[:100] or "no content type")
    limit = source.limits.max_record_bytes
    data = record.reader.read(limit + 1)
    if len(data) > limit:
        raise ArticleTooLarge(None, limit, "bytes", item=item)
    charset = record.http_charset if record.is_http else None
    return html_page.page(data, source.limits, charset=charset, url=item, item=item)
