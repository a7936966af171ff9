"""A short edition of `make fuzz`, and proof that its counts can be wrong."""

from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.wire import admin
from tests.faults.backlog import Raw, send
from tests.faults.fuzz import count, fuzz, shared_folder
from tests.faults.mutations import bases, number_of, records

_RECORDS = 600


def test_the_same_seed_gives_the_same_records() -> None:
    one, other = (list(records(200, 3, None)) for _ in range(2))
    assert one == other
    assert one != list(records(200, 4, None))
    assert [number_of(record.headers) for record in one] == list(range(200))


def test_mutants_are_no_whole_records() -> None:
    whole = {data for data, _ in bases(None)}
    made = list(records(200, 3, None))
    assert not whole & {record.value for record in made}
    assert any(record.value is None for record in records(2000, 3, None))


@pytest.mark.broker
def test_every_mutated_record_is_annotated_or_a_dead_letter(kafka_settings: Settings, tmp_path: Path) -> None:
    raw = list(records(_RECORDS, 20_241_124, shared_folder()))
    result = fuzz(kafka_settings, raw, tmp_path, lambda line: None)
    assert result.good, (result.unaccounted, result.failures, result.ends)
    assert result.annotated + result.dead_letters + result.both + result.empty == _RECORDS
    assert result.annotated > _RECORDS / 20
    assert result.dead_letters > _RECORDS / 20


@pytest.mark.broker
def test_a_record_of_which_nothing_became_is_noticed(kafka_settings: Settings) -> None:
    admin.apply(kafka_settings)
    raw = [
        Raw(None, b'{"body": "a story"}', [("traceparent", b"00-%032x-%016x-01" % (1, 1))]),
        Raw(b"gone", None, [("traceparent", b"00-%032x-%016x-01" % (2, 1))]),
    ]
    send(kafka_settings, raw)
    result = count(kafka_settings, raw)
    assert (result.unaccounted, result.empty) == ([0], 1)
    assert not result.good
