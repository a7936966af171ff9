"""One JSON Schema (2020-12) per record. Only keywords that draft 7 has too: AsyncAPI reads schemas as that.

Records are open: unknown fields are allowed, since a newer version may add some. A field with a default is optional:
records written before it existed lack it.
"""

import re
from collections.abc import Sequence
from typing import Any, TypeAlias, get_args

from pydantic import TypeAdapter

from pipeline import records
from pipeline.contract import descriptions
from pipeline.records import Record

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://claimwire.example/schemas/"
"""Identifiers, not addresses: nothing is served there."""

SPAN: Schema = {
    "type": "array",
    "description": "[start, end) in Unicode code points of the annotated article's `text`; start <= end.",
    "items": {"type": "integer", "minimum": 0},
    "minItems": 2,
    "maxItems": 2,
}


def record_types() -> list[type]:
    """Every type that a topic holds as JSON, in the order of `Record`."""
    return list(get_args(Record))


def file_name(type: type) -> str:
    """The file of a record's schema: "annotated-article.schema.json"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type.__name__).lower() + ".schema.json"


def record_schema(type: type, examples: Sequence[Any] = ()) -> Schema:
    """The schema of one record, with all that it needs inside (`$defs`). `examples`: of the record, as JSON values."""
    made = TypeAdapter(type).json_schema()
    defs = {name: _published(schema, name) for name, schema in made.pop("$defs", {}).items() if name != "JsonValue"}
    body = _published(made, type.__name__)
    if "#/$defs/Span" in str((body, defs)):
        defs["Span"] = SPAN
    return {
        "$schema": DIALECT,
        "$id": BASE + file_name(type),
        "title": type.__name__,
        **body,
        **({"examples": list(examples)} if examples else {}),
        **({"$defs": dict(sorted(defs.items()))} if defs else {}),
    }


def _published(schema: Schema, name: str) -> Schema:
    """Pydantic's schema of one dataclass as it is published: described, without titles."""
    source = getattr(records, name)
    said = descriptions.of_fields(source)
    properties = {
        field: {**({"description": said[field]} if field in said else {}), **_plain(value)}
        for field, value in schema["properties"].items()
    }
    return {
        "description": descriptions.of_type(source),
        "type": "object",
        "properties": properties,
        "required": schema.get("required", []),
    }


def _plain(schema: Any) -> Any:
    """Without titles; pairs of equal things as items, spans by reference, any JSON as the schema that allows all."""
    if isinstance(schema, list):
        return [_plain(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$ref") == "#/$defs/JsonValue":
        return {}
    plain = {key: _plain(value) for key, value in schema.items() if key not in ("title", "description")}
    if "prefixItems" in plain:
        first, *others = plain.pop("prefixItems")
        assert all(other == first for other in others), "a tuple of different types has no form in draft 7 and 2020-12"
        plain["items"] = first
    return {"$ref": "#/$defs/Span"} if plain == _bare(SPAN) else plain


def _bare(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "description"}
