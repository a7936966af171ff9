"""Lets a request through, or not."""

from http import HTTPStatus

from starlette.requests import Request

from pipeline.errors import SettingsInvalid
from pipeline.serving.problems import Problem
from pipeline.serving.rates import Rates
from pipeline.serving.tokens import Tokens

ANYBODY = "anybody"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_FAILURES_BURST = 10
_FAILURES_PER_SECOND = 1 / 6


class Access:
    """Who may use a service. `group`: its settings' ("gateway"); `per_second`: requests of one token, 0 for any."""

    def __init__(self, group: str, tokens: Tokens, *, host: str, anonymous: bool, per_second: float) -> None:
        """Raises SettingsInvalid where others than this machine could ask and no token is set."""
        if not tokens and host not in _LOOPBACK and not anonymous:
            raise SettingsInvalid(
                [
                    f"{group}.host = {host}, and no token is set: set {group}.tokens_file or {group}.tokens, or "
                    f"{group}.anonymous where anybody who reaches it may use it"
                ]
            )
        self._tokens = tokens
        self._failures = Rates(_FAILURES_PER_SECOND, _FAILURES_BURST)
        self._requests = Rates(per_second, max(1.0, 2 * per_second)) if per_second else None

    def check(self, request: Request) -> str:
        """Who asks. Raises Problem: 401, 403 for a web page where there are no tokens, 429."""
        who = self._who(request)
        wait = self._requests.wait(who) if self._requests else 0.0
        if wait:
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "More requests a second than this token may.", retry_after=wait)
        return who

    def _who(self, request: Request) -> str:
        if not self._tokens:
            # Any page that a browser on this machine shows could post here; only browsers send Origin.
            if "origin" in request.headers:
                raise Problem(HTTPStatus.FORBIDDEN, "Without tokens, requests from web pages are refused.")
            return ANYBODY
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        holder = self._tokens.holder(given.strip()) if scheme.lower() == "bearer" else None
        if holder is not None:
            return holder
        # Only those who fail are held up: behind a proxy all have one address, and the others must get through.
        wait = self._failures.wait(request.client.host if request.client else "")
        if wait:
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests without a valid token.", retry_after=wait)
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "Send a token that this service knows: `Authorization: Bearer …`.",
            headers={"WWW-Authenticate": "Bearer"},
        )
