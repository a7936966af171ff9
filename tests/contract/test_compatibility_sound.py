"""Whatever two schemas are: where the checker finds nothing, the new one reads what the old one's writers write."""

import copy
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.compatibility import incompatibilities

NAMES = st.sampled_from("ab")
REQUIRED = st.lists(NAMES, max_size=2, unique=True)
limits = st.integers(-1, 2)


def _with(type: str, **keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(type)}, optional=keywords)


leaves = st.one_of(
    st.just({"type": "null"}),
    _with("integer", minimum=limits, maximum=limits),
    _with("number", exclusiveMinimum=limits, maximum=limits),
    _with("string", enum=st.lists(NAMES, min_size=1, max_size=2, unique=True), maxLength=st.integers(0, 2)),
    st.just({}),
    st.just({"type": ["string", "null"]}),
    st.just({"const": 1}),
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        _with("array", items=inner, minItems=st.integers(0, 2), maxItems=st.integers(0, 2)),
        _with(
            "object",
            properties=st.dictionaries(NAMES, inner, max_size=2),
            required=REQUIRED,
            additionalProperties=st.booleans() | inner,
        ),
        st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=2)),
    )


schemas = st.recursive(leaves, _nested, max_leaves=4)
values = st.recursive(
    st.none() | st.integers(-2, 3) | st.sampled_from(["", "a", "b", "abc", 0.5, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)


def changed(schema: Any, draw: Any) -> Any:
    """A schema close to another, as releases are: independent ones are hardly ever compatible."""
    if draw(st.integers(0, 5)) == 0:
        return draw(schemas)
    new = {"required": draw(REQUIRED), **schema} if "properties" in schema else copy.copy(schema)
    for keyword, value in schema.items():
        if keyword == "properties":
            new[keyword] = {name: changed(entry, draw) for name, entry in value.items()}
        elif keyword == "items":
            new[keyword] = changed(value, draw)
        elif keyword in ("minItems", "maxItems", "maxLength", "minimum", "maximum", "exclusiveMinimum"):
            least = 0 if keyword.endswith(("Items", "Length")) else -3
            new[keyword] = max(least, value + draw(st.integers(-1, 1)))
        elif keyword == "required":
            new[keyword] = draw(REQUIRED)
        elif keyword == "anyOf":
            new[keyword] = [*value, *draw(st.lists(leaves, max_size=1))]
        elif keyword != "type" and draw(st.integers(0, 3)) == 0:
            del new[keyword]
    return new


def as_written(schema: Any) -> Any:
    """What writers allow themselves: the fields that they declare, and no others."""
    if isinstance(schema, list):
        return [as_written(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: as_written(value) for key, value in schema.items() if key not in ("properties", "enum")}
    if "enum" in schema:
        closed["enum"] = schema["enum"]
    if schema.get("type", "object") == "object" or "properties" in schema:
        closed["properties"] = {name: as_written(value) for name, value in schema.get("properties", {}).items()}
        if not isinstance(schema.get("additionalProperties"), dict):
            closed["additionalProperties"] = False
    return closed


def instances(schema: Any) -> st.SearchStrategy[Any]:
    """Values of about the form that a schema asks for; most are valid."""
    if not isinstance(schema, dict):
        return values
    if "anyOf" in schema:
        return st.one_of(*map(instances, schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "integer" | "number" as type:
            return st.integers(-4, 4) if type == "integer" else st.integers(-8, 8).map(lambda half: half / 2)
        case "string":
            return st.sampled_from(["", "a", "b", "abc"])
        case "array":
            return st.lists(instances(schema.get("items")), max_size=3)
        case "object":
            properties = schema.get("properties", {})
            required = [name for name in schema.get("required", ()) if name in properties]
            return st.fixed_dictionaries(
                {name: instances(properties[name]) for name in required},
                optional={name: instances(entry) for name, entry in properties.items() if name not in required},
            )
    return values


@settings(max_examples=300, deadline=None)
@given(old=schemas, data=st.data())
def test_what_was_written_is_read(old: Any, data: st.DataObject) -> None:
    new = changed(old, data.draw)
    compatible = not incompatibilities(old, new)
    event(f"compatible: {compatible}")
    assume(compatible)
    for value in data.draw(st.lists(instances(old), min_size=4, max_size=8)):
        if Draft202012Validator(as_written(old)).is_valid(value):
            event("written")
            assert Draft202012Validator(new).is_valid(value)


@given(schemas)
def test_a_schema_reads_what_itself_wrote(schema: Any) -> None:
    assert incompatibilities(schema, schema) == []
