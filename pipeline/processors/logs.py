"""What a service logs: one line an event to standard error, and no flood of the same line."""

import logging
import time
from dataclasses import dataclass
from typing import Literal

from pipeline.processors.log_lines import AsJson, ForPeople

_BURST = 2
_WINDOW_SECONDS = 60.0


@dataclass(slots=True)
class _Seen:
    since: float
    count: int = 0


class FloodFilter(logging.Filter):
    """Lets a library's message through twice in a minute; the next one after that says how many were left out.

    Messages are the same where logger and template are: "lost %s" counts once, whatever was lost. In an outage the
    Kafka clients and Faust repeat themselves a hundred times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str], _Seen] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether `record` is written."""
        if record.name.startswith("pipeline."):
            return True
        now = time.monotonic()
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        seen = self._seen.setdefault((record.name, template[:200]), _Seen(now))
        left_out = 0
        if now - seen.since > _WINDOW_SECONDS:
            left_out = max(0, seen.count - _BURST)
            seen.since, seen.count = now, 0
        seen.count += 1
        if left_out:
            record.msg = f"{record.getMessage()} (and {left_out} times more)"
            record.args = None
        return seen.count <= _BURST


def set_up(name: str, verbose: int = 0, *, form: Literal["text", "json"] = "text") -> None:
    """Logs of this program from INFO on, those of libraries from WARNING on; each more with `verbose` 1 and 2.

    `name`: of the service, in each line; `form`: of the lines.
    """
    ours, theirs = ((logging.INFO, logging.WARNING), (logging.DEBUG, logging.INFO), (logging.DEBUG, logging.DEBUG))[
        min(verbose, 2)
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(AsJson(name) if form == "json" else ForPeople(name))
    if not verbose:
        handler.addFilter(FloodFilter())
        # What is asked of kafka-python beside the stream (is the broker there, does anything stall) ends in our lines.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
    logging.basicConfig(level=theirs, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.getLogger("pipeline").setLevel(ours)
