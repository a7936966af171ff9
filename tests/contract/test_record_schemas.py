from collections.abc import Callable
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, get_args, get_origin

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pipeline import records
from pipeline.records import (
    AnnotatedArticle,
    Article,
    Claim,
    ComparableClaim,
    EntityRecord,
    Proposition,
    Record,
    Relation,
    Run,
    Stance,
    Target,
)
from pipeline.wire.codec import decode, encode
from schemas.examples import ANNOTATED, ARTICLE, EXAMPLES
from schemas.record_schemas import BASE, file_name, record_schema, record_types
from tests.contract.validators import validator
from tests.samples import RECORDS

TYPES = record_types()


def names(value: object) -> str:
    return value.__name__ if isinstance(value, type) else type(value).__name__


@pytest.mark.parametrize("record", TYPES, ids=names)
def test_each_record_has_a_schema_with_an_id_and_a_valid_example(record: type) -> None:
    schema = record_schema(record)
    assert schema["$id"] == BASE + file_name(record)
    (example,) = schema["examples"]
    validator(record).validate(example)
    assert decode(record, orjson.dumps(example)) == EXAMPLES[record]


@pytest.mark.parametrize("record", TYPES, ids=names)
def test_draft_7_which_asyncapi_reads_sees_the_same(record: type) -> None:
    schema = record_schema(record)
    Draft7Validator.check_schema(schema)
    (example,) = schema["examples"]
    Draft7Validator(schema).validate(example)
    used = set(_keywords(schema))
    assert not used & {"prefixItems", "unevaluatedProperties", "dependentRequired", "dependentSchemas", "$dynamicRef"}


@pytest.mark.parametrize("record", RECORDS, ids=names)
def test_what_the_code_writes_is_valid(record: Record) -> None:
    validator(type(record)).validate(orjson.loads(encode(record)))


# No lone surrogates, which UTF-8 lacks; JSON's own values where any are allowed.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
st.register_type_strategy(str, texts)
spans = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (min(pair), max(pair)))
extras = st.dictionaries(texts, st.none() | st.booleans() | st.integers(-9, 9) | texts | st.lists(texts, max_size=2))


def built(record: type) -> st.SearchStrategy[Any]:
    """Records of a type, with the annotations of pydantic in force."""
    own: dict[str, st.SearchStrategy[Any]] = {}
    hints = {field.name: field.type for field in record.__dataclass_fields__.values()}  # type: ignore[attr-defined]
    for name, hint in hints.items():
        own[name] = extras if name == "extra" else _of(hint)
    return st.builds(record, **own)


# Naive, as hypothesis wants them, and a day's shift away from where a date ends.
BOUNDS = datetime.fromisoformat("0002-01-01"), datetime.fromisoformat("9998-12-31")


def _of(hint: Any) -> st.SearchStrategy[Any]:
    if hint == records.Span:
        return spans
    if hint == records.Probability:
        return st.floats(0, 1)
    if hint in (records.Count, records.Revision):
        return st.integers(1, 2**31)
    if hint == records.Timestamp:
        # In UTC, as validation leaves every time: before 1900 zones have offsets of odd minutes, which RFC 3339 lacks.
        return st.datetimes(*BOUNDS, timezones=st.timezones()).map(lambda moment: moment.astimezone(UTC))
    if get_origin(hint) is Annotated:
        raise AssertionError(f"no strategy for {hint}")
    if get_origin(hint) is UnionType:
        return st.one_of(*map(_of, get_args(hint)))
    if get_origin(hint) is dict:
        return st.dictionaries(*map(_of, get_args(hint)), max_size=2)
    if get_origin(hint) is tuple:
        first, *others = get_args(hint)
        if others == [...]:
            return st.lists(_of(first), max_size=2).map(tuple)
        return st.tuples(*map(_of, get_args(hint)))
    return built(hint) if hasattr(hint, "__dataclass_fields__") else st.from_type(hint)


@pytest.mark.parametrize("record", TYPES, ids=names)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_the_code_can_write_is_valid(record: type, data: st.DataObject) -> None:
    made = data.draw(built(record))
    value = orjson.loads(encode(made))
    validator(record).validate(value)


def changed(**fields: Any) -> Callable[[Any], Any]:
    return lambda value: {**value, **fields}


def without(name: str) -> Callable[[Any], Any]:
    return lambda value: {key: kept for key, kept in value.items() if key != name}


def nested(field: str, **fields: Any) -> Callable[[Any], Any]:
    return lambda value: {**value, field: {**value[field], **fields}}


@pytest.mark.parametrize(
    ("record", "broken"),
    [
        (Article, without("id")),
        (Article, changed(revision=0)),
        (Article, changed(published_at="yesterday")),
        (Article, changed(authors="A. Writer")),
        (AnnotatedArticle, without("text")),
        (AnnotatedArticle, changed(entities=[{"id": "e", "name": "n", "type": "Animal", "mentions": []}])),
        (EntityRecord, changed(mentions=[{"text": "Katz", "span": [901]}])),
        (EntityRecord, changed(mentions=[{"text": "Katz", "span": [901, 905, 909]}])),
        (Claim, changed(confidence=1.5)),
        (Claim, changed(stances=[{"target": {"kind": "entity", "id": "e", "text": "t"}, "label": "for"}])),
        (Claim, nested("content", form="quoted")),
        (Claim, nested("cue", spans=[[-1, 2]])),
        (Claim, nested("source", kind="robot")),
        (Claim, nested("source", name=3)),
        (Claim, nested("origin", offset=-1)),
        (Claim, nested("origin", timestamp="2026-03-02")),
        (Target, changed(created_at=None)),
        (Stance, nested("target", kind="person")),
        (Stance, without("annotator")),
        (Relation, changed(label="support")),
        (Relation, lambda value: {**value, "claims": value["claims"][:1]}),
        (Relation, changed(kind="quarrel")),
        (ComparableClaim, without("about")),
        (ComparableClaim, changed(time=None)),
        (Proposition, changed(publishers=-1)),
        (Proposition, changed(voices=[{"source": "s", "stance": "for", "claims": [], "publishers": []}])),
        (Run, without("created_at")),
        (Run, changed(ends={"0": -1})),
        (Run, changed(archive="news/")),
    ],
)
def test_a_broken_record_is_refused(record: type, broken: Callable[[Any], Any]) -> None:
    good = orjson.loads(encode(EXAMPLES[record]))
    assert validator(record).is_valid(good)
    assert not validator(record).is_valid(broken(good))


def test_every_record_is_broken_above() -> None:
    marks: Any = test_a_broken_record_is_refused
    (parameters,) = (mark for mark in marks.pytestmark if mark.name == "parametrize")
    assert {record for record, _ in parameters.args[1]} == set(TYPES)


def test_fields_that_a_newer_version_adds_are_allowed() -> None:
    good = orjson.loads(encode(EXAMPLES[Claim]))
    validator(Claim).validate({**good, "mood": 3})


def test_fields_are_described_by_docstring_or_comment() -> None:
    article, claim = record_schema(Article), record_schema(Claim)
    assert article["properties"]["language"]["description"] == "BCP 47"
    assert claim["$defs"]["Content"]["properties"]["form"]["description"].startswith("All of it inside quotation")
    assert "null outside Kafka" in claim["description"]
    assert "code points" in claim["$defs"]["Span"]["description"]


def test_the_examples_spans_are_those_of_their_text() -> None:
    assert ANNOTATED.text == ARTICLE.text
    parts = [part for claim in ANNOTATED.claims for part in (claim.source, claim.cue, claim.content)]
    for text, ((start, end),) in [(part.text, part.spans) for part in parts]:
        assert ANNOTATED.text[start:end] == text
    for mention in (mention for entity in ANNOTATED.entities for mention in entity.mentions):
        assert ANNOTATED.text[slice(*mention.span)] == mention.text


def _keywords(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [keyword for entry in schema for keyword in _keywords(entry)]
    if not isinstance(schema, dict):
        return []
    return [*schema, *(keyword for key, entry in schema.items() if key != "examples" for keyword in _keywords(entry))]
