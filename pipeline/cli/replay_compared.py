"""Waiting until every claim of a replay run has been compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from pipeline.cli.meter import Meter
from pipeline.topics import CLAIMS_BY_ENTITY
from pipeline.wire.consumer import receive_or_idle
from pipeline.wire.group import group_progress
from pipeline.wire.start import Start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.settings import Settings

_LOOK_SECONDS = 1.0


def wait_until_compared(settings: Settings, run: str, check: Callable[[], None]) -> None:
    """Returns when the relations processor of a run has dealt with every claim that is there. `check` is called
    between looks, and may raise."""
    topic = CLAIMS_BY_ENTITY.full_name(settings.topic_prefix, run)
    group = f"{settings.topic_prefix}relations.{run}"
    with group_progress(settings, group, topic) as progress, Meter(f"run {run}: comparing claims") as meter:
        most = progress.left()
        before: Mapping[int, int] = {}
        while True:
            check()
            offsets = progress.next_offsets()
            # While it moves there is something left; when it does not, its offset says too little.
            if offsets == before and not _records(settings, topic, offsets):
                return
            before = offsets
            left = progress.left()
            most = max(most, left)
            meter.show(most - left, most, f"about {left:,} left")
            time.sleep(_LOOK_SECONDS)


def _records(settings: Settings, topic: str, offsets: Mapping[int, int]) -> bool:
    """Whether there is any from these offsets on. Markers of transactions are none."""
    with closing(receive_or_idle(topic, settings=settings, start=Start(offsets))) as polled:
        return any(received is not None for received in polled)
