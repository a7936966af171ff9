import gzip
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FeedInvalid
from pipeline.producers.feeds.fetching import Fetched, FetchFailed, Validators, checked, fetch
from pipeline.settings import FeedsSettings
from tests.web import Web, answer, web

HERE = FeedsSettings(allowed_networks="127.0.0.0/8")
NONE = Validators()


@pytest.fixture
def site() -> Iterator[Web]:
    with web() as server:
        yield server


def test_loopback_is_refused_unless_allowed(site: Web) -> None:
    site.pages["/rss"] = lambda handler: answer(handler, b"<rss/>", content_type="text/xml")
    for url in (f"{site.url}/rss", site.url.replace("127.0.0.1", "localhost"), site.url.replace("127.0.0.1", "127.1")):
        with pytest.raises(FetchFailed, match=r"no public address: feeds\.allowed_networks"):
            fetch(url, NONE, FeedsSettings())
    assert not site.requests
    assert fetch(f"{site.url}/rss", NONE, HERE) == Fetched(f"{site.url}/rss", b"<rss/>", "text/xml", NONE)


def test_a_redirect_to_what_is_not_allowed_is_refused(site: Web) -> None:
    """The first address is allowed, the second is loopback too, but not allowed."""
    site.pages["/rss"] = lambda handler: answer(handler, status=302, location="http://127.0.0.2:9/secret")
    with pytest.raises(FetchFailed, match=r"127\.0\.0\.2, which is no public address"):
        fetch(f"{site.url}/rss", NONE, FeedsSettings(allowed_networks="127.0.0.1/32"))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://strait.example/", "http://a:b@strait.example/"])
def test_a_redirect_to_another_kind_of_address_is_refused(target: str, site: Web) -> None:
    site.pages["/rss"] = lambda handler: answer(handler, status=301, location=target)
    with pytest.raises(FetchFailed, match="redirected to"):
        fetch(f"{site.url}/rss", NONE, HERE)


def test_redirects_are_followed_and_counted(site: Web) -> None:
    site.pages["/a"] = lambda handler: answer(handler, status=308, location="b?q=ü")
    site.pages["/b?q=%C3%BC"] = lambda handler: answer(handler, b"x")
    site.pages["/loop"] = lambda handler: answer(handler, status=302, location="/loop")
    found = fetch(f"{site.url}/a", Validators(etag='"1"'), HERE)
    assert found is not None
    assert found.data == b"x"
    assert "if-none-match" not in site.requests[1][1], "of another address"
    with pytest.raises(FetchFailed, match="more than 5 redirects"):
        fetch(f"{site.url}/loop", NONE, HERE)


def test_an_unchanged_feed_is_not_sent_again(site: Web) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["if-none-match"] == '"7"' and handler.headers["if-modified-since"] == "Mon":
            answer(handler, status=304)
        else:
            answer(handler, b"x", etag='"7"', last_modified="Mon")

    site.pages["/rss"] = page
    found = fetch(f"{site.url}/rss", NONE, HERE)
    assert found is not None
    assert found.validators == Validators('"7"', "Mon")
    assert fetch(f"{site.url}/rss", found.validators, HERE) is None


def test_a_feed_that_is_too_large_is_not_read_on(site: Web) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(bytes(65536))
        except OSError:
            handler.close_connection = True

    site.pages["/rss"] = endless
    with pytest.raises(FetchFailed, match=r"feeds\.max_bytes"):
        fetch(f"{site.url}/rss", NONE, FeedsSettings(allowed_networks="127.0.0.0/8", max_bytes=1_000_000))


@pytest.mark.parametrize("inside", ["head", "body"])
def test_a_server_that_drips_is_given_up(inside: str, site: Web) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        if inside == "body":
            handler.send_response(200)
            handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b"H")
                time.sleep(0.1)
        except OSError:
            handler.close_connection = True

    site.pages["/rss"] = drip
    began = time.monotonic()
    with pytest.raises(FetchFailed, match=r"within 0\.6 s"):
        fetch(f"{site.url}/rss", NONE, FeedsSettings(allowed_networks="127.0.0.0/8", seconds=0.6))
    assert time.monotonic() - began < 8


def test_errors_are_told(site: Web) -> None:
    site.pages["/busy"] = lambda handler: answer(handler, status=503, retry_after="120")
    site.pages["/short"] = lambda handler: answer(handler, b"x", content_length="100", connection="close")
    with pytest.raises(FetchFailed, match="status 503") as busy:
        fetch(f"{site.url}/busy", NONE, HERE)
    assert busy.value.retry_after == 120
    with pytest.raises(FetchFailed, match="status 404"):
        fetch(f"{site.url}/absent", NONE, HERE)
    with pytest.raises(FetchFailed):
        fetch("http://127.0.0.1:1/", NONE, HERE)
    with pytest.raises(FetchFailed, match="nowhere"):
        fetch("http://nowhere.invalid/", NONE, HERE)


def test_compressed_answers_are_left_to_the_formats(site: Web) -> None:
    data = gzip.compress(b"<rss/>")
    site.pages["/rss"] = lambda handler: answer(handler, data, content_encoding="gzip")
    found = fetch(f"{site.url}/rss", NONE, HERE)
    assert found is not None
    assert found.data == data


@pytest.mark.parametrize(
    "url",
    ["ftp://strait.example", "strait.example/rss", "http://", "http://anna:secret@strait.example/", "http://a:99999/"],
)
def test_what_cannot_be_polled(url: str) -> None:
    with pytest.raises(FeedInvalid) as caught:
        checked(url)
    assert "secret" not in caught.value.message


@given(st.text())
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    with suppress(FeedInvalid):
        assert checked(f"http://strait.example/{text}").startswith("http://strait.example/")
