"""Errors over HTTP: RFC 9457 problem details, `application/problem+json`, for every status from 400 on."""

from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """What a request ends with instead of its answer.

    `detail`: for people, what happened and what to do. `retry_after`: seconds. `members`: more of the body, of the
    kind that this status has. The type is `about:blank`: title and status say the same (RFC 9457, 4.2.1).
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        retry_after: float | None = None,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, round(retry_after)))
        self.members = members

    def response(self) -> Response:
        """As HTTP has it."""
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            **self.members,
        }
        return Response(orjson.dumps(body), self.status.value, self.headers, CONTENT_TYPE)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _of_starlette(request: Request, error: Exception) -> Response:
    """Unknown paths, wrong methods."""
    assert isinstance(error, HTTPException)
    detail = {404: "There is nothing at this path.", 405: "This path has other methods: see Allow."}
    found = Problem(HTTPStatus(error.status_code), detail.get(error.status_code, error.detail))
    found.headers |= error.headers or {}
    return found.response()


async def _unforeseen(request: Request, error: Exception) -> Response:
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed; its log says more.").response()


HANDLERS: dict[Any, Any] = {Problem: _problem, HTTPException: _of_starlette, Exception: _unforeseen}
"""`exception_handlers` of a Starlette app."""
