"""The life of a processor's process: waits for the broker, runs the app, stops on a signal, ends on any failure."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from pipeline.errors import BrokerUnavailable, ClaimwireError, ClusterRefused, RegistryUnavailable, TopicMissing
from pipeline.grants import Grant
from pipeline.processors.breaker import BreakerOpen
from pipeline.processors.endings import Ending, end
from pipeline.serving.telemetry import Health, serve_telemetry
from pipeline.settings import KafkaSettings, Settings
from pipeline.wire import admin, connection, diagnosis
from pipeline.wire.consumer import answers

log = logging.getLogger(__name__)

T = TypeVar("T")

_WAIT_SECONDS = 1.0
_SAY_EVERY_SECONDS = 15.0
_MARGIN_SECONDS = 0.5  # of the time to stop in, for the interpreter's own end


def run(main: Callable[[asyncio.Event], Awaitable[None]], *, stop_seconds: float, supervised: bool = False) -> NoReturn:
    """Runs `main(stopping)` until it returns, and ends the process with the code that says how it went.

    SIGTERM and SIGINT set `stopping`; a second one, or `stop_seconds` without an end, ends the process at once.
    `supervised`: Ctrl-C is for the supervisor, and the end of standard input, a pipe from there, stops this one too.
    """
    if supervised:
        _follow_parent()
    asyncio.run(_run(main, stop_seconds, (signal.SIGTERM,) if supervised else (signal.SIGTERM, signal.SIGINT)))
    raise AssertionError("not reached")


async def _run(
    main: Callable[[asyncio.Event], Awaitable[None]], stop_seconds: float, signals: Iterable[signal.Signals]
) -> None:
    stopping = asyncio.Event()

    def stop() -> None:
        if stopping.is_set():
            end(Ending.STOPPED, "stopped at once")
        log.info("stopping")
        stopping.set()
        _alarm(stop_seconds - _MARGIN_SECONDS)

    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        await main(stopping)
    except BaseException as error:
        fail(error)
    end(Ending.STOPPED, "stopped")


def loaded(load: Callable[[], T]) -> T:
    """What `load` makes. A model that cannot be loaded ends the process: a new start would not help."""
    try:
        return load()
    except ClaimwireError as error:
        fail(error)
    except Exception as error:
        end(Ending.MISCONFIGURED, "the model cannot be loaded", error=error)


def fail(error: BaseException) -> NoReturn:
    """Ends the process because of `error`, with the code that fits it."""
    from aiokafka.errors import IllegalOperation, KafkaError

    from pipeline.wire.leases import RecordsSkipped

    match diagnosis.denied(error, KafkaSettings()) or error:
        case BreakerOpen():
            end(Ending.BREAKER, "stopped by its circuit breaker: %s", error)
        case BrokerUnavailable() | RegistryUnavailable() | RecordsSkipped() | TimeoutError():
            end(Ending.TRY_AGAIN, "ends, to be started again: %r", error)
        # IllegalOperation, no KafkaError: a producer that finds itself fenced between begin and send.
        case KafkaError() | IllegalOperation():
            end(Ending.TRY_AGAIN, "ends, to be started again: %r", error)
        case ClaimwireError() as known:
            end(Ending.MISCONFIGURED, "%s. %s", known.message, known.remedy)
        case _:
            end(Ending.CRASHED, "failed", error=error)


def tell(settings: Settings, loading: "asyncio.Future[Any]", assigned: Callable[[], bool]) -> None:
    """Serves metrics, health and readiness from now on, where the settings name a port.

    `loading`: of the models; `assigned`: whether the group has said which partitions are ours.
    """
    health = Health(
        models=lambda: None if loading.done() else "they are being loaded",
        broker=lambda: None if answers(settings) else f"none answers at {settings.kafka.bootstrap_servers}",
        partitions=lambda: None if assigned() else "the group has not said which are ours",
    )
    serve_telemetry(settings.telemetry, health)


async def broker_ready(
    settings: Settings, topics: Iterable[str], stopping: asyncio.Event, grant: Grant | None = None
) -> dict[str, int] | None:
    """How many partitions each of `topics` has, once the broker answers and they are there. None where told to stop.

    `grant`: what this service must be allowed to do. Raises AccessDenied: waiting does not mend that.
    """
    names = list(topics)
    # Before the clients, which try for long and do not say what is wrong.
    await asyncio.to_thread(diagnosis.check, settings.kafka, connection.servers(settings))
    said = -_SAY_EVERY_SECONDS
    while not stopping.is_set():
        try:
            if grant is not None:
                await asyncio.to_thread(admin.check_grant, settings, grant)
            return await asyncio.to_thread(admin.partition_counts, settings, names)
        except (BrokerUnavailable, TopicMissing, ClusterRefused) as error:
            if time.monotonic() - said > _SAY_EVERY_SECONDS:
                said = time.monotonic()
                log.warning("waiting: %s. %s", error.message, error.remedy)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _WAIT_SECONDS)
    return None


async def serve(app: Any, stopping: asyncio.Event, finish: Callable[[], Awaitable[None]]) -> None:
    """Runs a Faust app until `stopping`, then `finish()`, then stops the app. Whatever else stops it ends the
    process."""
    await app.start()
    crashed = asyncio.ensure_future(app.wait_until_stopped())
    await asyncio.wait({asyncio.ensure_future(stopping.wait()), crashed}, return_when=asyncio.FIRST_COMPLETED)
    if not stopping.is_set():
        fail(app.crash_reason or RuntimeError("Faust stopped by itself"))
    with suppress(Exception):
        # A broker that is away must not keep the process: it is as good as killed then.
        await finish()
    await app.stop()


def _alarm(seconds: float) -> None:
    def ring() -> None:
        time.sleep(max(0.0, seconds))
        end(Ending.STOPPED, "the batch in hand was not done in time; its records will be read again")

    threading.Thread(target=ring, name="stop-alarm", daemon=True).start()


def _follow_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        with suppress(OSError):
            while os.read(0, 1024):
                pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
