"""The procedure of docs/operations.md: articles.raw gets more partitions, and corrections still replace what stood."""

import pytest

from pipeline.settings import ProcessorSettings, Settings, TopicsSettings
from pipeline.wire import admin
from tests.kafka import records
from tests.processors.harness import Wire, annotator, story

pytestmark = [pytest.mark.broker, pytest.mark.slow]

BEFORE, AFTER = "Anna says the bridge opens.", "Bert says the ferry sails."


def test_corrections_after_it_replace_what_stood_before(kafka_settings: Settings) -> None:
    few = kafka_settings.model_copy(
        update={
            "topics": TopicsSettings(partitions=2),
            "processor": ProcessorSettings(session_seconds=6, stall_seconds=20),
        }
    )
    many = few.model_copy(update={"topics": TopicsSettings(partitions=2, raw_partitions=5)})
    admin.apply(few)
    ids = [f"a{number}" for number in range(30)]
    wire = Wire(few)
    wire.send(*((one.encode(), story(one, BEFORE)) for one in ids))
    with annotator(wire) as worker:
        wire.settled()
        assert worker.stop() == 0
    assert admin.apply(many, force=True).left == []
    wire = Wire(many)
    wire.send(*((one.encode(), story(one, AFTER, revision=2)) for one in ids[:20]))
    wire.send(*((one.encode(), None) for one in ids[20:]))
    with annotator(wire) as one, annotator(wire) as other:
        wire.settled()
        assert one.stop() == other.stop() == 0
    places = {record.key.decode(): set[int]() for record in records(many, "articles.raw")}
    for record in records(many, "articles.raw"):
        places[record.key.decode()].add(record.partition)
    assert sum(len(place) > 1 for place in places.values()) > 5  # or nothing has been tried
    standing = wire.standing("articles.annotated")
    assert {key.decode() for key in standing} == set(ids[:20])
    assert {article["revision"] for article in standing.values()} == {2}
    assert {claim["source"]["text"] for claim in wire.standing("claims").values()} == {"Bert"}
    wire.close()
