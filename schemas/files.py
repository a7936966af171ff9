"""Every file of the contract by name, as it must be: what `make schemas` writes and the tests compare."""

from pathlib import Path

import orjson

from schemas import asyncapi
from schemas.record_schemas import Schema, file_name, record_schema, record_types

FOLDER = Path(__file__).resolve().parent


def files() -> dict[str, bytes]:
    """The content of each file. The same source gives the same bytes."""
    schemas = {file_name(record): as_json(record_schema(record)) for record in record_types()}
    return {**schemas, asyncapi.FILE: asyncapi.text().encode()}


def as_json(schema: Schema) -> bytes:
    """Indented JSON, a line break at its end."""
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write(folder: Path = FOLDER) -> list[str]:
    """Writes every file and removes schemas of records that there are no more. Gives the names that changed."""
    wanted = files()
    stale = [path for path in folder.glob("*.schema.json") if path.name not in wanted]
    changed = [path.name for path in stale]
    for path in stale:
        path.unlink()
    for name, content in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
            changed.append(name)
    return changed
