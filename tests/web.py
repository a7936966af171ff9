"""A web server for tests, on 127.0.0.1."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Web(ThreadingHTTPServer):
    """`pages` and `posts`: path to what answers there; `requests`: path and headers of what was asked."""

    daemon_threads = True
    pages: "dict[str, Callable[[BaseHTTPRequestHandler], None]]"
    posts: "dict[str, Callable[[BaseHTTPRequestHandler], None]]"
    requests: list[tuple[str, dict[str, str]]]

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Web

    def do_GET(self) -> None:
        self.server.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.server.pages.get(self.path, _absent)(self)

    def do_POST(self) -> None:
        self.server.posts.get(self.path, _absent)(self)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def answer(handler: BaseHTTPRequestHandler, data: bytes = b"", status: int = 200, **headers: str) -> None:
    """One answer, with these headers (underscores for hyphens)."""
    handler.send_response(status)
    for name, value in {"content_length": str(len(data)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def _absent(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(404)


@contextmanager
def web() -> Iterator[Web]:
    """It listens within."""
    server = Web(("127.0.0.1", 0), _Handler)
    server.pages, server.posts, server.requests = {}, {}, []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
