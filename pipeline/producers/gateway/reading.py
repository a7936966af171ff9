"""Articles out of a body, a portion at a time: decoding is work for a thread, sending for the event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor
from typing import BinaryIO

from pipeline.formats import Outcome, decode_stream
from pipeline.records import Article
from pipeline.settings import LimitsSettings

_PORTION_CHARS = 512 * 1024
_PORTION_ITEMS = 256


async def portions(
    body: BinaryIO,
    executor: Executor,
    *,
    content_type: str | None,
    format: str | None,
    url: str | None,
    limits: LimitsSettings,
) -> AsyncIterator[list[Outcome]]:
    """The outcomes of `body`, in order, in portions whose size is bounded."""
    outcomes = decode_stream(body, content_type=content_type, format=format, url=url, limits=limits)
    loop = asyncio.get_running_loop()
    while portion := await loop.run_in_executor(executor, _portion, outcomes):
        yield portion


def _portion(outcomes: Iterator[Outcome]) -> list[Outcome]:
    """The next ones; empty at the end."""
    portion: list[Outcome] = []
    chars = 0
    for outcome in outcomes:
        portion.append(outcome)
        if isinstance(outcome, Article):
            chars += len(outcome.body)
        if chars > _PORTION_CHARS or len(portion) >= _PORTION_ITEMS:
            break
    return portion
