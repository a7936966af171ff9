import gzip
import io
import random
import zlib

import pytest

from pipeline.errors import ArticleTooLarge, UndecodableRecord
from pipeline.formats import Skipped, decode_stream
from pipeline.records import Article
from pipeline.settings import LimitsSettings
from tests.formats.reading import FIXTURES, LIMITS, outcomes

PAGE = (FIXTURES / "page.html").read_bytes().replace(b'<link rel="canonical" href="/2024/lindholm">', b"")


def record(kind: str, content: bytes, uri: str = "https://daily.example/a", **headers: str) -> bytes:
    lines = {
        "WARC-Type": kind,
        "WARC-Target-URI": uri,
        "WARC-Date": "2024-04-05T14:30:00Z",
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000000>",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(content)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    header = "WARC/1.0\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    return header.encode() + content + b"\r\n\r\n"


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(headers or ("Content-Type: text/html; charset=utf-8",))]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


CRAWL = [
    record("warcinfo", b"software: none\r\n", Content_Type="application/warc-fields"),
    record("request", b"GET /a HTTP/1.1\r\n\r\n"),
    record("response", http(PAGE)),
    record("response", http(b"gone", "404 Not Found"), "https://daily.example/b"),
    record("response", http(b"\xff\xd8", "200 OK", "Content-Type: image/jpeg"), "https://daily.example/c.jpg"),
    record("revisit", b"", "https://daily.example/d"),
    record("resource", PAGE, "https://daily.example/e", Content_Type="text/html"),
    record(
        "response",
        http(gzip.compress(PAGE), "200 OK", "Content-Type: text/html", "Content-Encoding: gzip"),
        "https://daily.example/f",
    ),
    record(
        "response",
        http(
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE),
            "200 OK",
            "Content-Type: text/html",
            "Transfer-Encoding: chunked",
        ),
        "https://daily.example/g",
    ),
    record(
        "response",
        http(zlib.compress(PAGE), "200 OK", "Content-Type: text/html", "Content-Encoding: deflate"),
        "https://daily.example/h",
    ),
]


def ends(data: bytes, **options: object) -> list[tuple[object, str]]:
    found = decode_stream(io.BytesIO(data), limits=LIMITS, **options)  # type: ignore[arg-type]
    return [(o.url, "article") if isinstance(o, Article) else (o.item, getattr(o, "reason", "")) for o in found]


EXPECTED = [
    ("https://daily.example/a", "article"),
    ("https://daily.example/b", "http-status"),
    ("https://daily.example/c.jpg", "not-a-page"),
    ("https://daily.example/d", "revisit"),
    ("https://daily.example/e", "article"),
    ("https://daily.example/f", "article"),
    ("https://daily.example/g", "article"),
    ("https://daily.example/h", "article"),
]


def test_each_response_is_a_page() -> None:
    assert ends(b"".join(CRAWL)) == EXPECTED


def test_members_of_gzip_one_per_record_or_all_in_one() -> None:
    assert ends(b"".join(map(gzip.compress, CRAWL)), name="crawl.warc.gz") == EXPECTED
    assert ends(gzip.compress(b"".join(CRAWL))) == EXPECTED


def test_a_record_that_lies_about_its_length_does_not_stop_the_others() -> None:
    broken = CRAWL[2].replace(f"Content-Length: {len(http(PAGE))}".encode(), b"Content-Length: 40")
    found = ends(broken + b"".join(CRAWL[3:]))
    assert ("https://daily.example/e", "article") in found
    assert any(reason == "undecodable" for _, reason in found)


def test_nothing_is_written_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    ends(CRAWL[2].replace(b"Content-Length: ", b"Content-Length: 1") + b"".join(CRAWL[3:]))
    packed = bytearray(gzip.compress(random.Random(1).randbytes(100_000)))
    packed[50_000:50_100] = bytes(100)
    response = http(bytes(packed), "200 OK", "Content-Type: text/html", "Content-Encoding: gzip")
    (refused,) = ends(record("response", response))
    assert refused == ("https://daily.example/a", "undecodable")
    assert capfd.readouterr().err == ""


def test_a_page_that_is_too_large_or_a_bomb() -> None:
    bomb = zlib.compressobj(9, wbits=31)
    packed = b"".join(bomb.compress(bytes(1024 * 1024)) for _ in range(64)) + bomb.flush()
    response = http(packed, "200 OK", "Content-Type: text/html", "Content-Encoding: gzip")
    found = outcomes(record("response", response) + CRAWL[6], limits=LimitsSettings())
    assert isinstance(found[0], ArticleTooLarge)
    assert isinstance(found[1], Article)


def test_headers_without_an_end() -> None:
    data = b"WARC/1.0\r\n" + b"A: b\r\n" * 300_000
    (refused,) = outcomes(data)
    assert isinstance(refused, ArticleTooLarge)


def test_garbage_after_the_version() -> None:
    for data in (b"WARC/1.0\r\n\r\n", b"WARC/9", b"WARC/1.0\r\nContent-Length: x\r\n\r\nWARC/1.0\r\n"):
        assert all(isinstance(o, Skipped | UndecodableRecord) for o in outcomes(data))
