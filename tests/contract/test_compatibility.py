import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline import __version__
from pipeline.records import Claim
from schemas import releases
from schemas.__main__ import main
from schemas.compatibility import incompatibilities
from schemas.files import as_json
from schemas.record_schemas import record_schema, record_types

OBJECT = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "label": {"type": "string", "enum": ["agree", "contradict"]},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "spans": {"type": "array", "items": {"$ref": "#/$defs/Span"}},
        "models": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["id", "label"],
    "$defs": {"Span": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}},
}

Change = Callable[[Any], object]


def kinds(change: Change) -> tuple[list[str], list[str]]:
    """The kinds of problems backward, and forward."""
    new = copy.deepcopy(OBJECT)
    change(new)
    return (
        [f"{found.path} {found.kind}" for found in incompatibilities(OBJECT, new)],
        [f"{found.path} {found.kind}" for found in incompatibilities(new, OBJECT)],
    )


def put(*path: str, value: object) -> Change:
    def change(schema: Any) -> None:
        for step in path[:-1]:
            schema = schema[step]
        schema[path[-1]] = value

    return change


def drop(*path: str) -> Change:
    def change(schema: Any) -> None:
        for step in path[:-1]:
            schema = schema[step]
        del schema[path[-1]]

    return change


@pytest.mark.parametrize(
    "change",
    [
        put("properties", "mood", value={"type": "string"}),  # an optional field more
        drop("properties", "note"),  # one less
        put("properties", "id", "description", value="words"),
        put("title", value="Words"),
        put("$id", value="https://other.example"),
        put("properties", "note", value={"type": ["string", "null"]}),  # the same, written differently
        put("properties", "spans", "items", value=OBJECT["$defs"]["Span"]),  # type: ignore[index]
        put("additionalProperties", value=True),
    ],
)
def test_changes_that_break_nobody(change: Change) -> None:
    assert kinds(change) == ([], [])


@pytest.mark.parametrize(
    ("change", "backward", "forward"),
    [
        (put("required", value=["id"]), [], ["/label REQUIRED_ATTRIBUTE_ADDED"]),
        (put("required", value=["id", "label", "score"]), ["/score REQUIRED_ATTRIBUTE_ADDED"], []),
        (put("required", value=["id", "label", "note"]), [], []),  # it has a default
        (put("required", value=["id", "label", "mood"]), ["/mood REQUIRED_PROPERTY_ADDED"], []),
        (put("properties", "id", "type", value="integer"), ["/id TYPE_CHANGED"], ["/id TYPE_CHANGED"]),
        (put("properties", "score", "type", value="integer"), ["/score TYPE_CHANGED"], []),
        (
            put("properties", "label", "enum", value=["agree", "contradict", "unrelated"]),
            [],
            ["/label ENUM_ARRAY_NARROWED"],
        ),
        (put("properties", "label", "enum", value=["agree"]), ["/label ENUM_ARRAY_NARROWED"], []),
        (
            put("properties", "label", "enum", value=["agree", "deny"]),
            ["/label ENUM_ARRAY_CHANGED"],
            ["/label ENUM_ARRAY_CHANGED"],
        ),
        (drop("properties", "label", "enum"), [], ["/label ENUM_ARRAY_ADDED"]),
        (put("properties", "score", "maximum", value=100), [], ["/score/maximum LIMIT_NARROWED"]),
        (put("properties", "score", "minimum", value=0.5), ["/score/minimum LIMIT_NARROWED"], []),
        (drop("properties", "score", "minimum"), [], ["/score/minimum LIMIT_ADDED"]),
        (put("properties", "note", value={"type": "string"}), ["/note SUM_TYPE_NARROWED"], []),
        (put("$defs", "Span", "maxItems", value=3), [], ["/spans/items/maxItems LIMIT_NARROWED"]),
        (put("$defs", "Span", "items", "type", value="number"), [], ["/spans/items/items TYPE_CHANGED"]),
        (
            put("properties", "models", "additionalProperties", value={"type": "object"}),
            ["/models/* TYPE_CHANGED"],
            ["/models/* TYPE_CHANGED"],
        ),
        (put("additionalProperties", value=False), [" ADDITIONAL_PROPERTIES_NARROWED"], []),
        (put("properties", "id", "pattern", value="^clm_"), ["/id/pattern KEYWORD_CHANGED"], []),
        (put("properties", "id", "not", value={"const": ""}), ["/id/not KEYWORD_CHANGED"], []),
    ],
)
def test_changes_that_break_somebody(change: Change, backward: list[str], forward: list[str]) -> None:
    assert kinds(change) == (backward, forward)


def test_a_closed_record_cannot_lose_a_field() -> None:
    old = {"type": "object", "properties": {"a": {}, "b": {}}, "additionalProperties": False}
    new = {"type": "object", "properties": {"a": {}}, "additionalProperties": False}
    assert [found.kind for found in incompatibilities(old, new)] == ["PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"]
    assert incompatibilities(new, old) == []


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}, "id": {"type": "string"}}}
    other = copy.deepcopy(tree)
    other["properties"]["id"] = {"type": "integer"}  # type: ignore[index]
    assert incompatibilities(tree, tree) == []
    assert incompatibilities(tree, other)


@pytest.mark.parametrize("record", record_types(), ids=lambda record: record.__name__)
def test_each_record_is_compatible_with_itself(record: type) -> None:
    assert incompatibilities(record_schema(record), record_schema(record)) == []


def test_readers_and_data_of_every_release_are_served() -> None:
    broken = releases.broken_by(releases.current(), version=__version__)
    assert broken == [], "this breaks a release: keep the old form, or wait for the next major version"


def released_as(folder: Path, version: str, change: Change) -> None:
    """A release whose claims were different from today's."""
    releases.keep(version, folder)
    theirs = copy.deepcopy(record_schema(Claim))
    change(theirs)
    (folder / version / "claim.schema.json").write_bytes(as_json(theirs))


def test_a_release_that_differs_harmlessly(tmp_path: Path) -> None:
    released_as(tmp_path, "1.2.0", drop("properties", "origin"))
    assert releases.broken_by(releases.current(), version="1.3.0", folder=tmp_path) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (put("$defs", "Content", "properties", "form", "enum", value=["direct"]), "it cannot read this"),
        (put("$defs", "Source", "properties", "kind", "enum", value=["person", "robot"]), "cannot read what it wrote"),
        (put("properties", "confidence", value={"type": "string"}), "/confidence TYPE_CHANGED"),
        (put("properties", "origin", "anyOf", value=[{"type": "string"}]), "/origin"),
        (put("required", value=[]), "/id REQUIRED_ATTRIBUTE_ADDED: cannot read what it wrote"),
    ],
)
def test_a_release_that_would_be_broken(tmp_path: Path, change: Change, problem: str) -> None:
    released_as(tmp_path, "1.2.0", change)
    broken = releases.broken_by(releases.current(), version="1.3.0", folder=tmp_path)
    assert any(line.startswith("1.2.0: claim.schema.json#") and problem in line for line in broken), broken
    # A new major version may.
    assert releases.broken_by(releases.current(), version="2.0.0", folder=tmp_path) == []


def test_a_record_that_is_gone(tmp_path: Path) -> None:
    releases.keep("1.2.0", tmp_path)
    left = {name: schema for name, schema in releases.current().items() if name != "stance.schema.json"}
    assert releases.broken_by(left, version="1.2.1", folder=tmp_path) == [
        "1.2.0: stance.schema.json: the record is gone"
    ]


def test_a_release_is_kept_once_it_breaks_nobody(tmp_path: Path) -> None:
    earlier = f"{__version__.partition('.')[0]}.0.0-earlier"
    released_as(tmp_path, earlier, put("properties", "confidence", value={"type": "string"}))
    refused = CliRunner().invoke(main, ["release", "--into", str(tmp_path)])
    assert refused.exit_code == 1
    assert "/confidence TYPE_CHANGED" in refused.stderr
    assert not (tmp_path / __version__).exists()
    released_as(tmp_path, earlier, drop("properties", "origin"))
    assert CliRunner().invoke(main, ["release", "--into", str(tmp_path)]).exit_code == 0
    assert set(releases.released(tmp_path)[__version__]) == set(releases.current())
