"""Whether one JSON Schema reads what was written with another: the rules of Confluent's schema registry.

They are its BACKWARD rules for JSON Schema under `compatibilityPolicy` LENIENT: an open record may get new optional
fields. In doubt the answer here is no: a keyword without a rule must not change, and additional properties must not
be narrowed. FORWARD is the same question with the two schemas exchanged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

# Keywords that constrain nothing.
_ANNOTATIONS = frozenset(
    {"$schema", "$id", "$defs", "$comment", "title", "description", "default", "examples", "format", "deprecated"}
)
# A limit from above may rise, one from below may fall; to add one narrows.
_ABOVE = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_BELOW = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_WALKED = frozenset(
    {"$ref", "type", "anyOf", "oneOf", "enum", "const", "properties", "required", "additionalProperties", "items"}
)


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """One change that breaks reading. `path`: where, as a JSON pointer in the instance's terms; `kind`: the rule."""

    path: str
    kind: str

    def __str__(self) -> str:
        return f"#{self.path} {self.kind}"


def incompatibilities(old: Schema, new: Schema) -> list[Incompatibility]:
    """Why `new` cannot read everything that `old` allows; empty if it can."""
    return list(dict.fromkeys(_Comparison(old, new).compare(old, new, "")))


class _Comparison:
    """Two documents: references are followed within each. A pair of references under way is not entered again."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._under_way: set[tuple[str, str]] = set()

    def compare(self, old: Any, new: Any, path: str) -> Iterator[Incompatibility]:
        pair = (_reference(old), _reference(new))
        if pair in self._under_way:
            return
        named = all(pair)
        if named:
            self._under_way.add(pair)
        yield from self._alternatives(_resolved(old, self._old), _resolved(new, self._new), path)
        if named:
            self._under_way.discard(pair)

    def _alternatives(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        """Every alternative of the old schema needs one of the new that reads it."""
        before, after = _branches(old, self._old), _branches(new, self._new)
        for branch in before:
            attempts = [list(self._single(branch, candidate, path)) for candidate in after]
            if not all(attempts):
                continue
            same = [
                found
                for candidate, found in zip(after, attempts, strict=True)
                if candidate.get("type") == branch.get("type")
            ]
            if len(before) == len(after) == 1 or len(same) == 1:
                yield from (same or attempts)[0]
            else:
                yield Incompatibility(path, "SUM_TYPE_NARROWED")

    def _single(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        if "type" in new and not _widens(old.get("type"), new["type"]):
            yield Incompatibility(path, "TYPE_NARROWED" if "type" not in old else "TYPE_CHANGED")
            return
        yield from self._values(old, new, path)
        yield from self._limits(old, new, path)
        yield from self._object(old, new, path)
        if "items" in new:
            if "items" in old:
                yield from self.compare(old["items"], new["items"], f"{path}/items")
            elif new["items"] not in ({}, True):
                yield Incompatibility(f"{path}/items", "SCHEMA_ADDED")
        for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _ABOVE - _BELOW - _WALKED):
            # Its rules are not written down here, so only its removal is known to be safe.
            if keyword in new and old.get(keyword) != new[keyword]:
                yield Incompatibility(f"{path}/{keyword}", "KEYWORD_CHANGED")

    def _values(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        allowed, written = _listed(new), _listed(old)
        if allowed is None:
            return
        if written is None:
            yield Incompatibility(path, "ENUM_ARRAY_ADDED")
        elif any(value not in allowed for value in written):
            added = any(value not in written for value in allowed)
            yield Incompatibility(path, "ENUM_ARRAY_CHANGED" if added else "ENUM_ARRAY_NARROWED")

    def _limits(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        for keyword in sorted((_ABOVE | _BELOW) & new.keys()):
            if keyword not in old:
                yield Incompatibility(f"{path}/{keyword}", "LIMIT_ADDED")
            elif new[keyword] < old[keyword] if keyword in _ABOVE else new[keyword] > old[keyword]:
                yield Incompatibility(f"{path}/{keyword}", "LIMIT_NARROWED")

    def _object(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in sorted(before.keys() & after.keys()):
            yield from self.compare(before[name], after[name], f"{path}/{name}")
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            if "default" not in _resolved(after.get(name, {}), self._new):
                kind = "REQUIRED_ATTRIBUTE_ADDED" if name in before else "REQUIRED_PROPERTY_ADDED"
                yield Incompatibility(f"{path}/{name}", kind)
        theirs, ours = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if ours is False:
            for name in sorted(before.keys() - after.keys()):
                yield Incompatibility(f"{path}/{name}", "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL")
        if isinstance(theirs, dict) and isinstance(ours, dict):
            yield from self.compare(theirs, ours, f"{path}/*")
        elif ours not in (True, {}) and theirs is not False and theirs != ours:
            yield Incompatibility(path, "ADDITIONAL_PROPERTIES_NARROWED")


def _reference(schema: Any) -> str:
    found = schema.get("$ref", "") if isinstance(schema, dict) else ""
    return str(found)


def _resolved(schema: Any, document: Schema) -> Schema:
    """What a reference leads to, with what stands beside it; true and false as the schemas that mean the same."""
    if isinstance(schema, bool):
        return {} if schema else {"enum": []}
    resolved: Schema = schema
    while "$ref" in resolved:
        pointer, beside = resolved["$ref"], {key: value for key, value in resolved.items() if key != "$ref"}
        target: Any = document
        for part in pointer.removeprefix("#").split("/")[1:]:
            target = target[part]
        resolved = {**target, **beside}
    return resolved


def _branches(schema: Schema, document: Schema) -> list[Schema]:
    """The alternatives that a schema allows, each with one type at most."""
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            shared = {key: value for key, value in schema.items() if key != keyword and key not in _ANNOTATIONS}
            return [
                branch
                for alternative in schema[keyword]
                for branch in _branches({**shared, **_resolved(alternative, document)}, document)
            ]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": name} for name in schema["type"]]
    return [schema]


def _widens(old: str | None, new: str) -> bool:
    return old == new or (old == "integer" and new == "number")


def _listed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")
