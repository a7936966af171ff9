"""Arrow's types of our records, from their annotations."""

import dataclasses
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson
import pyarrow as pa

_LARGEST = 2**63 - 1


def arrow_type(annotation: Any) -> Any:
    """Records become structs, tuples lists, maps of strings maps; what may hold any JSON is its text."""
    annotation = _bare(annotation)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return pa.struct([pa.field(name, arrow_type(hint)) for name, hint in _fields(annotation)])
    if get_origin(annotation) is tuple:
        return pa.list_(arrow_type(get_args(annotation)[0]))
    if get_origin(annotation) is dict:
        return pa.map_(pa.string(), pa.string())
    if get_origin(annotation) is Literal:
        return pa.string()
    simple = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    return pa.timestamp("us", tz="UTC") if annotation is datetime else simple[annotation]


def plain(annotation: Any, value: Any) -> Any:
    """A value of `dataclasses.asdict` as pyarrow takes it for `arrow_type(annotation)`."""
    annotation = _bare(annotation)
    if value is None:
        return None
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return {name: plain(hint, value[name]) for name, hint in _fields(annotation)}
    if get_origin(annotation) is tuple:
        return [plain(get_args(annotation)[0], item) for item in value]
    if get_origin(annotation) is dict:
        text = get_args(annotation)[1] is str
        return [(key, item if text else orjson.dumps(item).decode()) for key, item in value.items()]
    return min(value, _LARGEST) if annotation is int else value


def _fields(record: type) -> list[tuple[str, Any]]:
    hints = get_type_hints(record, include_extras=True)
    return [(field.name, hints[field.name]) for field in dataclasses.fields(record)]


def _bare(annotation: Any) -> Any:
    """Without what pydantic checks, and without None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        (one,) = [part for part in get_args(annotation) if part is not NoneType]
        return _bare(one)
    return annotation
