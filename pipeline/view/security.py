"""What every response says to the browser, and who may see the page."""

import hashlib
import hmac
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, quote

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.settings import ViewSettings
from pipeline.view.rendering import page

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_COOKIE = "claimwire"
_OPEN = ("/static/", "/sign-in", "/healthz")
_LONGEST_FORM = 4096  # bytes


class Security:
    """ASGI middleware: headers on every response; with a token or a proxy's header set, nothing for others."""

    def __init__(self, app: ASGIApp, settings: ViewSettings) -> None:
        self._app = app
        self._header = settings.user_header
        self._token = None if settings.token is None else settings.token.get_secret_value()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                # What one person saw must not come out of a cache for another.
                headers.setdefault("cache-control", "private, no-cache")
            await send(message)

        if self._admits(scope):
            await self._app(scope, receive, send_with_headers)
        else:
            await self._refuse(scope)(scope, receive, send_with_headers)

    def _admits(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if self._header and not headers.get(self._header):
            return bool(scope["path"] == "/healthz")
        if self._token is None or scope["path"].startswith(_OPEN):
            return True
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        cookie: SimpleCookie = SimpleCookie()
        try:
            cookie.load(headers.get("cookie", ""))
        except Exception:
            return False
        given = cookie[_COOKIE].value if _COOKIE in cookie else ""
        return same(bearer, self._token) or same(given, _proof(self._token))

    def _refuse(self, scope: Scope) -> Response:
        if self._header:
            return Response("Sign in at the proxy in front of this page.\n", 403, media_type="text/plain")
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        if path.endswith((".json", ".csv", "/events")) or path == "/openapi.json":
            return Response("A token is needed: Authorization: Bearer TOKEN\n", 401, {"www-authenticate": "Bearer"})
        there = quote(path + ("?" + query if query else ""), safe="")
        return Response(status_code=303, headers={"location": f"/sign-in?to={there}"})


async def sign_in(request: Request) -> Response:
    """The form that asks for the token, and what becomes of it."""
    settings: ViewSettings = request.app.state.view_settings
    if settings.token is None:
        return Response(status_code=303, headers={"location": "/live"})
    token = settings.token.get_secret_value()
    to = _local(request.query_params.get("to", ""))
    if request.method != "POST":
        return page(request, "sign_in.html", {"to": to, "refused": False})
    body = await _body(request)
    given = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]
    if not same(given, token):
        return page(request, "sign_in.html", {"to": to, "refused": True}, 401)
    response = Response(status_code=303, headers={"location": to})
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(_COOKIE, _proof(token), httponly=True, samesite="strict", secure=secure, max_age=30 * 86400)
    return response


def same(given: str, expected: str) -> bool:
    """Whether they are, in a time that does not tell how much of it is."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _proof(token: str) -> str:
    """What the cookie holds: the token cannot be had from it, and another token makes it void."""
    return hmac.new(token.encode(), b"claimwire view", hashlib.sha256).hexdigest()


def _local(to: str) -> str:
    """An address of this page: never another host's."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else "/live"


async def _body(request: Request) -> bytes:
    found = b""
    async for part in request.stream():
        found += part
        if len(found) > _LONGEST_FORM:
            return b""
    return found
