"""Records to bytes and back: UTF-8 JSON. What comes in is validated here and nowhere else."""

from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import UndecodableRecord
from pipeline.records import Record

T = TypeVar("T")

# Building an adapter costs milliseconds, more than validating a record does.
_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}

_MAX_PROBLEMS = 3  # that a message names: the rest say the same


def encode(record: Record) -> bytes:
    """The JSON of a record. Times are RFC 3339 in UTC, with "Z".

    Raises TypeError where a string holds a lone surrogate, which no UTF-8 can carry.
    """
    return orjson.dumps(record, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)


def decode(type: type[T], data: bytes) -> T:
    """The record of `type` that `data` holds. Unknown fields are passed over: a newer producer may add some.

    Raises UndecodableRecord, which names the fields at fault and never quotes their values.
    """
    try:
        return _adapter(type).validate_python(orjson.loads(data))
    except orjson.JSONDecodeError as error:
        raise UndecodableRecord(type.__name__, f"no JSON at character {error.pos}: {error.msg}") from None
    except ValidationError as error:
        raise UndecodableRecord(type.__name__, _problems(error)) from None


def _adapter(type: type[T]) -> TypeAdapter[T]:
    if type not in _ADAPTERS:
        _ADAPTERS[type] = TypeAdapter(type)
    return _ADAPTERS[type]


def _problems(error: ValidationError) -> str:
    found: list[Any] = error.errors(include_url=False, include_input=False, include_context=False)
    named = [f"{'.'.join(map(str, problem['loc'])) or 'value'}: {problem['msg']}" for problem in found[:_MAX_PROBLEMS]]
    more = len(found) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")
