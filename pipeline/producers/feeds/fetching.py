"""One feed over HTTP: only if it has changed, within limits, from allowed addresses."""

import email.utils
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from pipeline import __version__
from pipeline.errors import FeedInvalid
from pipeline.producers.feeds.guarded import AddressRefused, GuardedBackend
from pipeline.settings import FeedsSettings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"
)
_LONGEST_HEADER = 1000  # characters of a validator that is kept


class FetchFailed(Exception):
    """The feed could not be had. The message is for people; `retry_after`: seconds, where the server said so."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the version that we have: its ETag and Last-Modified, as sent."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed that has changed. `url`: where it was in the end; `data`: as sent, compressed or not."""

    url: str
    data: bytes
    content_type: str | None
    validators: Validators


def checked(url: str) -> str:
    """`url`, stripped. Raises FeedInvalid where it is none that can be polled."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FeedInvalid(url, str(error)) from None
    if parts.scheme not in ("http", "https"):
        raise FeedInvalid(url, "neither http nor https")
    if not host or port == 0 or not url.isprintable() or " " in url:
        raise FeedInvalid(url, "no address")
    if parts.username is not None or parts.password is not None:
        raise FeedInvalid(f"{parts.scheme}://…@{host}", "holds a user name or a password, which would be logged")
    return parts._replace(fragment="").geturl()


def fetch(url: str, validators: Validators, settings: FeedsSettings) -> Fetched | None:
    """The feed at `url`, or None where it is still the version of `validators`. Raises FetchFailed."""
    deadline = time.monotonic() + settings.seconds
    backend = GuardedBackend(settings.networks, deadline)
    current = url
    # One pool, so one set of connections, for each fetch: nothing is shared between feeds.
    with httpcore.ConnectionPool(network_backend=backend, max_connections=2, retries=0) as pool:
        for _ in range(settings.redirects + 1):
            try:
                found = _get(pool, current, validators if current == url else Validators(), settings, deadline)
            except AddressRefused as error:
                raise FetchFailed(str(error)) from None
            except (httpcore.TimeoutException, TimeoutError):
                raise FetchFailed(f"not had within {settings.seconds:g} s") from None
            except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
                raise FetchFailed(str(error) or type(error).__name__) from None
            if not isinstance(found, str):
                return found
            try:
                current = checked(urljoin(current, found))
            except FeedInvalid as error:
                raise FetchFailed(f"redirected to {error.message}") from None
    raise FetchFailed(f"more than {settings.redirects} redirects")


def _get(
    pool: httpcore.ConnectionPool, url: str, validators: Validators, settings: FeedsSettings, deadline: float
) -> Fetched | str | None:
    """What is there: a feed, None for the same version, or where else to look."""
    headers: dict[bytes | str, bytes | str] = {
        "Host": urlsplit(url).netloc.rpartition("@")[2],
        "User-Agent": f"claimwire/{__version__}",
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip, identity;q=0.5",
        "Connection": "close",
    }
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    with pool.stream("GET", _ascii(url), headers=headers) as response:
        said = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        if response.status in _REDIRECTS and b"location" in said:
            return said[b"location"]
        if response.status == 304:
            return None
        if response.status != 200:
            raise FetchFailed(f"status {response.status}", _retry_after(said.get(b"retry-after")))
        data = bytearray()
        for chunk in response.iter_stream():
            data += chunk
            if len(data) > settings.max_bytes:
                raise FetchFailed(f"more than {settings.max_bytes} bytes (feeds.max_bytes)")
            if time.monotonic() > deadline:
                raise TimeoutError
        found = Validators(_kept(said.get(b"etag")), _kept(said.get(b"last-modified")))
        return Fetched(url, bytes(data), said.get(b"content-type"), found)


def _ascii(url: str) -> str:
    """With the host in Punycode and other characters escaped, as HTTP wants it."""
    parts = urlsplit(url)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    safe = "%/:=&?~#+!$,;'@()*[]"
    return parts._replace(netloc=host, path=quote(parts.path, safe), query=quote(parts.query, safe)).geturl()


def _kept(value: str | None) -> str | None:
    return value if value and len(value) <= _LONGEST_HEADER and value.isprintable() and value.isascii() else None


def _retry_after(value: str | None) -> float | None:
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else None
