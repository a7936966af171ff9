"""The gateway as an HTTP service."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, BinaryIO

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipeline import metrics
from pipeline.errors import ArticleRefused, BrokerUnavailable, ClusterRefused, TopicMissing
from pipeline.formats import FORMATS, Outcome, Skipped
from pipeline.grants import GRANTS
from pipeline.producers.gateway.body import received
from pipeline.producers.gateway.openapi import document
from pipeline.producers.gateway.reading import portions
from pipeline.producers.gateway.receipt import Receipt
from pipeline.producers.gateway.sender import NotStored, Sender, settled
from pipeline.producers.raw import raw_record
from pipeline.records import Article
from pipeline.serving.access import Access
from pipeline.serving.problems import HANDLERS, Problem
from pipeline.serving.server import serve
from pipeline.serving.telemetry import Health, serve_telemetry
from pipeline.serving.tokens import Tokens
from pipeline.settings import Settings
from pipeline.wire.admin import check_grant
from pipeline.wire.consumer import answers
from pipeline.wire.headers import TRACEPARENT, Headers

log = logging.getLogger(__name__)

_SOURCE = "/claimwire/gateway"
_THREADS = 2  # of decoding, which holds the interpreter most of the time
_AGAIN_SECONDS = 5
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Raises SettingsInvalid, PortInUse, AccessDenied."""
    if settings.kafka.security_protocol != "PLAINTEXT":
        # A cluster that is away is waited for; one that does not let us in is not.
        with suppress(BrokerUnavailable, ClusterRefused, TopicMissing):
            check_grant(settings, GRANTS["gateway"])
    gateway = settings.gateway
    stop = settings.processor.stop_seconds
    where = settings.kafka.bootstrap_servers
    health = Health(broker=lambda: None if answers(settings) else f"none answers at {where}")
    end = serve_telemetry(settings.telemetry, health)
    try:
        serve(app(settings), group="gateway", host=gateway.host, port=gateway.port, stop_seconds=stop)
    finally:
        end()


def app(settings: Settings) -> Starlette:
    """The ASGI application. Raises SettingsInvalid."""
    gateway = Gateway(settings)
    return Starlette(
        routes=[
            Route("/articles", gateway.post, methods=["POST"]),
            Route("/openapi.json", gateway.openapi),
            Route("/health", gateway.health),
            Route("/ready", gateway.ready),
        ],
        exception_handlers=HANDLERS,
        lifespan=gateway.lifespan,
    )


class Gateway:
    """The handlers, and what they share."""

    def __init__(self, settings: Settings) -> None:
        limits = settings.gateway
        self._settings = settings
        self._limits = limits
        self._access = Access(
            "gateway",
            Tokens("gateway.tokens", limits.tokens, limits.tokens_file),
            host=limits.host,
            anonymous=limits.anonymous,
            per_second=limits.requests_per_second,
        )
        self._sender = Sender(settings)
        self._turns = asyncio.Semaphore(limits.requests)
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="decode")
        self._folder = settings.state_dir / "gateway"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._document = document(settings)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Connected, more or less, within."""
        self._sender.start()
        yield
        await self._sender.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def post(self, request: Request) -> Response:
        """`POST /articles`."""
        began = time.perf_counter()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        try:
            response = await self._post(request)
            status = response.status_code
            return response
        except Problem as problem:
            status = problem.status.value
            raise
        finally:
            metrics.REQUESTS.labels(str(status)).inc()
            metrics.REQUEST_SECONDS.observe(time.perf_counter() - began)

    async def _post(self, request: Request) -> Response:
        who = self._access.check(request)
        named = _format(request)
        async with self._turn(), received(request, self._limits, self._folder) as body:
            receipt = await self._store(request, body, named)
            log.debug("%s: %d articles", who, receipt.taken)
            return receipt.response(self._limits.max_articles)

    async def openapi(self, request: Request) -> Response:
        """`GET /openapi.json`."""
        return JSONResponse(self._document)

    async def health(self, request: Request) -> Response:
        """`GET /health`: 200 while the process answers."""
        return JSONResponse({"status": "alive"})

    async def ready(self, request: Request) -> Response:
        """`GET /ready`: 200 where an article could be stored now."""
        missing = await self._sender.ready()
        if missing is not None:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, missing, retry_after=_AGAIN_SECONDS)
        return JSONResponse({"status": "ready"})

    async def _store(self, request: Request, body: BinaryIO, format: str | None) -> Receipt:
        """Returns when the cluster has acknowledged all that the receipt calls accepted."""
        receipt = Receipt()
        sent: list[asyncio.Future[Any]] = []
        seconds = self._limits.acknowledge_seconds
        read = portions(
            body,
            self._executor,
            content_type=request.headers.get("content-type"),
            format=format,
            url=request.query_params.get("url"),
            limits=self._settings.limits,
        )
        try:
            async for outcomes in read:
                async with asyncio.timeout(seconds):
                    sent += await self._send(outcomes, receipt, _trace(request))
                if receipt.full:
                    break
                # What is acknowledged need not be remembered.
                sent = [future for future in sent if not future.done() or future.exception() is not None]
            await settled(sent, seconds)
        except (NotStored, TimeoutError) as error:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"Not known to be stored: {str(error) or 'the cluster did not take it in time'}. Send it again: ids "
                "are the same each time, so that does no harm.",
                retry_after=_AGAIN_SECONDS,
            ) from None
        return receipt

    async def _send(self, outcomes: list[Outcome], receipt: Receipt, trace: Headers) -> "list[asyncio.Future[Any]]":
        destination = None  # what is refused needs no cluster
        sent = []
        for outcome in outcomes:
            if isinstance(outcome, Skipped | ArticleRefused):
                receipt.leave_out(outcome)
                continue
            if receipt.taken == self._limits.max_articles:
                receipt.full = True
                break
            largest = self._settings.limits.max_record_bytes
            destination = destination or await self._sender.destination()
            try:
                record = raw_record(outcome, destination, source=_SOURCE, largest=largest, received=trace)
                sent.append(await self._sender.send(record))
            except ArticleRefused as refused:
                receipt.leave_out(refused)
                continue
            if isinstance(outcome, Article):
                receipt.accepted.append(outcome.id)
            else:
                receipt.withdrawn.append(outcome.article_id)
        return sent

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Within: one of the requests that are worked on. The others wait, and their senders with them."""
        try:
            async with asyncio.timeout(self._limits.queue_seconds):
                await self._turns.acquire()
        except TimeoutError:
            detail = "More requests than are worked on at a time; nothing of this one was kept."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after=_AGAIN_SECONDS) from None
        try:
            yield
        finally:
            self._turns.release()


def _format(request: Request) -> str | None:
    named = request.query_params.get("format")
    if named is not None and named not in FORMATS:
        detail = f"There is no such format. Use one of: {', '.join(FORMATS)}."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    return named


def _trace(request: Request) -> Headers:
    found = request.headers.get(TRACEPARENT, "")
    return [(TRACEPARENT, found.encode())] if _TRACE.fullmatch(found) else []
