"""How a line of the log is written: for people, or as one JSON object. Neither quotes an article.

The message of an exception that nobody foresaw may hold what it tripped over, so only its type and place are written;
those of our own errors, of the system's and of Kafka's clients are known to hold none.
"""

import logging
import traceback
from datetime import UTC, datetime
from typing import Any

import orjson
from opentelemetry import trace

from pipeline.errors import ClaimwireError

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}
_KAFKA = ("kafka.", "aiokafka.")


def said(error: BaseException) -> str:
    """The error's type, and its message where that quotes no article."""
    name = type(error).__name__
    harmless = isinstance(error, ClaimwireError | OSError) or type(error).__module__.startswith(_KAFKA)
    return f"{name}: {error}" if harmless and str(error) else name


class ForPeople(logging.Formatter):
    """`2026-03-02 11:15:00,123 INFO annotator: took …`. `service`: its name."""

    def __init__(self, service: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)s {service}: %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's)
        """The stack, and what was `said`."""
        return described(ei)


class AsJson(logging.Formatter):
    """One object a line: time, level, service, logger, message; what `extra` gave; trace_id and span_id in a trace."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line |= {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = described(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def described(ei: Any) -> str:
    """A stack with what each error of its chain `said`."""
    _, error, _ = ei
    chain: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        chain.append("".join(traceback.format_tb(error.__traceback__)) + said(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nCaused by:\n".join(chain)
