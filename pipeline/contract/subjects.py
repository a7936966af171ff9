"""What a schema registry is given: one subject for each topic that holds JSON, and the schema of its values.

Not the published schemas themselves, which say what a reader must accept. A registry judges each new version by what it
allows, so it gets what a writer of this version writes:

- Closed: no field but those named. For an open record its rules refuse any new field, since an older record might
  have had one of that name and another type; none had.
- As draft 7, which every registry can compare; of 2020-12 several compare nothing, or fail. The keywords used mean the
  same in both.
- Without examples: a new one would be a new version.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from pipeline.contract.record_schemas import Schema, record_schema
from pipeline.settings import Settings
from pipeline.topics import TOPICS, Topic

DIALECT = "http://json-schema.org/draft-07/schema#"


@dataclass(frozen=True, slots=True)
class Subject:
    """`name`: the topic's full name and "-value", as registries' clients look it up. `schema`: JSON."""

    name: str
    schema: str


def subjects(settings: Settings) -> Iterator[Subject]:
    """Those of every topic that holds JSON, in the order of the table."""
    for topic in TOPICS.values():
        if topic.value is not None:
            yield subject(topic, settings)


def subject(topic: Topic, settings: Settings) -> Subject:
    """That of one topic, which holds JSON. The topics of replay runs have none of their own: it is the same schema."""
    assert topic.value is not None
    name = f"{topic.full_name(settings.topic_prefix)}-value"
    return Subject(name, orjson.dumps(registered_schema(topic.value)).decode())


def registered_schema(type: type) -> Schema:
    """The schema of a record as it is registered."""
    schema: Schema = _closed(record_schema(type))
    return {**schema, "$schema": DIALECT}


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
