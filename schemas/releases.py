"""The schemas of every release, in `released/<version>/`, and whether others are compatible with them.

Topics are kept for years and subscribers upgrade when they like. So a release must read what every earlier one of its
major version wrote (backward), and each of those must read what it writes (forward): Confluent's FULL_TRANSITIVE.
"""

from collections.abc import Mapping
from pathlib import Path

import orjson

from schemas.compatibility import incompatibilities
from schemas.files import FOLDER, as_json
from schemas.record_schemas import Schema, file_name, record_schema, record_types

RELEASED = FOLDER / "released"


def current() -> dict[str, Schema]:
    """The schemas of the source, by file name."""
    return {file_name(record): record_schema(record) for record in record_types()}


def released(folder: Path = RELEASED) -> dict[str, dict[str, Schema]]:
    """The schemas of each release, by version and file name."""
    return {
        version.name: {path.name: orjson.loads(path.read_bytes()) for path in sorted(version.glob("*.schema.json"))}
        for version in sorted(folder.glob("*"))
        if version.is_dir()
    }


def broken_by(schemas: Mapping[str, Schema], *, version: str, folder: Path = RELEASED) -> list[str]:
    """One line for each way in which `schemas`, as those of `version`, break a release of the same major version."""
    return [
        f"{earlier}: {problem}"
        for earlier, theirs in released(folder).items()
        if _major(earlier) == _major(version)
        for name, old in theirs.items()
        for problem in _problems(name, old, schemas.get(name))
    ]


def keep(version: str, folder: Path = RELEASED) -> str:
    """Writes the schemas of the source as those of `version`. Gives the folder."""
    kept = folder / version
    kept.mkdir(parents=True, exist_ok=True)
    for name, schema in current().items():
        (kept / name).write_bytes(as_json(schema))
    return str(kept)


def _problems(name: str, old: Schema, new: Schema | None) -> list[str]:
    if new is None:
        return [f"{name}: the record is gone"]
    backward = [f"{name}{found}: cannot read what it wrote" for found in incompatibilities(old, new)]
    return backward + [f"{name}{found}: it cannot read this" for found in incompatibilities(new, old)]


def _major(version: str) -> str:
    return version.partition(".")[0]
