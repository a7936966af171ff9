"""The body of a request: in memory while it is small, then in a file that has no name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from starlette.requests import ClientDisconnect, Request

from pipeline.serving.problems import Problem
from pipeline.settings import GatewaySettings

_IN_MEMORY = 1024 * 1024  # bytes
_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "zstd"})


@asynccontextmanager
async def received(request: Request, limits: GatewaySettings, folder: Path) -> AsyncIterator[BinaryIO]:
    """Within: the whole body, from its start. `folder` exists; nothing is left there afterwards.

    Raises Problem: 408, 413, 415 for a content coding that is not read, 400 where the client
    goes away.
    """
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The content coding {coding[:40]!r} is not read: use gzip, zstd, or none.",
            headers={"Accept-Encoding": "gzip, zstd, identity"},
        )
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > limits.max_body_bytes:
        raise _too_large(limits)
    with SpooledTemporaryFile(_IN_MEMORY, dir=str(folder)) as spool:
        body = cast("BinaryIO", spool)
        try:
            async with asyncio.timeout(limits.body_seconds):
                await _copy(request, body, limits)
        except TimeoutError:
            detail = f"The body did not arrive within {limits.body_seconds:g} s; nothing of it was kept."
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, detail, headers={"Connection": "close"}) from None
        except ClientDisconnect:
            raise Problem(HTTPStatus.BAD_REQUEST, "The connection ended inside the body.") from None
        body.seek(0)
        yield body


async def _copy(request: Request, body: BinaryIO, limits: GatewaySettings) -> None:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limits.max_body_bytes:
            raise _too_large(limits)
        body.write(chunk)


def _too_large(limits: GatewaySettings) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"A body has at most {limits.max_body_bytes} bytes; nothing of this one was kept. Send its articles in several "
        "requests, or compressed.",
        limit=limits.max_body_bytes,
    )
