import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, inspect, select, text

from pipeline.consumers.database import schema
from pipeline.consumers.database.connection import (
    begin_rebuilding,
    connect,
    database_url,
    end_rebuilding,
    prepare,
)
from pipeline.consumers.database.rows import FILLINGS, identifier
from pipeline.consumers.database.sink import DatabaseSink
from pipeline.errors import (
    DatabaseForeign,
    DatabaseOutdated,
    DatabaseUnavailable,
    SettingsInvalid,
    TopicMissing,
    TopicReplaced,
)
from pipeline.records import ArticleRef, Claim, Proposition, Record, Relation, Stance, StanceLabel, StanceTarget, Target
from pipeline.settings import DatabaseSettings, Settings
from pipeline.topics import CLAIMS, PROPOSITIONS, PUBLIC, RELATIONS, STANCES, TARGETS
from pipeline.wire.codec import encode
from pipeline.wire.outgoing import Outgoing, outputs, tombstone
from tests.consumers.databases import database, postgresql
from tests.consumers.test_subscription import destination, send
from tests.kafka import records
from tests.processors.harness import variables
from tests.samples import ANNOTATED, CLAIM, NOON, ORIGIN, RECORDS

__all__ = ["database", "postgresql"]

EVERY = {type(record): record for record in RECORDS}


@pytest.fixture
def engine(database: str) -> Any:
    made = connect(database)
    prepare(made, "claimwire.")
    yield made
    made.dispose()


def standing(settings: Settings, topic: str) -> dict[str, bytes]:
    """What a compacted topic comes to."""
    latest = {record.key.decode(): record.value for record in records(settings, topic)}
    return {key: value for key, value in latest.items() if value is not None}


def keys(engine: Engine, name: str) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(schema.metadata.tables[name].c.key)))


def assert_rows_equal_records(settings: Settings, engine: Engine) -> None:
    with engine.connect() as connection:
        for name, filling in FILLINGS.items():
            found = {row.key: row for row in connection.execute(select(filling.table))}
            expected = standing(settings, name)
            assert found.keys() == expected.keys(), name
            for key, row in found.items():
                if hasattr(row, "data"):
                    assert row.data.encode() == expected[key], name
        claims = {row.key: row for row in connection.execute(select(schema.claims))}
        parts = connection.execute(
            select(schema.claim_stances.c.claim_key, func.count()).group_by(schema.claim_stances.c.claim_key)
        )
        assert {key for key, _ in parts} <= claims.keys()


def other_records(settings: Settings) -> list[Outgoing]:
    """One record of each topic that no article becomes by itself."""
    prefix = settings.topic_prefix
    pairs: list[tuple[Any, str, Record]] = [
        (TARGETS, "tgt_1", EVERY[Target]),
        (STANCES, "clm_1/tgt_1", EVERY[Stance]),
        (RELATIONS, "rel_1", EVERY[Relation]),
        (PROPOSITIONS, "prp_1", EVERY[Proposition]),
    ]
    return [Outgoing(topic.full_name(prefix), key.encode(), encode(record), [], 0) for topic, key, record in pairs]


@pytest.mark.broker
def test_every_topic_becomes_rows_and_tombstones_take_them_away(topics: Settings, engine: Engine) -> None:
    to = destination(topics)
    send(topics, *outputs(ANNOTATED, origin=ORIGIN, destination=to), *other_records(topics))
    sink = DatabaseSink(topics, engine)
    assert sink.run(follow=False) == 7
    assert_rows_equal_records(topics, engine)
    with engine.connect() as connection:
        claim = connection.execute(select(schema.claims)).one()
        assert (claim.source_name, claim.cue, claim.content) == ("Hamas official", "told", "There is no progress yet")
        assert (claim.publisher, claim.at, claim.article_id) == ("Example News", NOON, "art_1")
        assert connection.execute(select(schema.claim_stances)).one().label == "against"
        article = connection.execute(select(schema.articles)).one()
        assert article.text == ANNOTATED.text
    # The same claim with other words and no entities: one row, its parts replaced.
    other = replace(CLAIM, entities=(), stances=())
    send(topics, *outputs(replace(ANNOTATED, claims=(other,), revision=2), origin=ORIGIN, destination=to))
    sink.run(follow=False)
    assert_rows_equal_records(topics, engine)
    assert keys(engine, "claims") == ["clm_1"]
    with engine.connect() as connection:
        assert connection.execute(select(schema.claim_entities)).all() == []
    send(topics, tombstone(CLAIMS, b"clm_1", article="art_1", destination=to))
    sink.run(follow=False)
    assert keys(engine, "claims") == []
    assert sink.run(follow=False) == 0


@pytest.mark.broker
def test_full_text_follows_every_change(topics: Settings, engine: Engine) -> None:
    to = destination(topics)
    sink = DatabaseSink(topics, engine)

    def hits(word: str) -> int:
        query = {
            "sqlite": "SELECT count(*) FROM claims_search WHERE claims_search MATCH :word",
            "postgresql": "SELECT count(*) FROM claims WHERE search @@ to_tsquery('english', :word)",
        }[engine.dialect.name]
        with engine.connect() as connection:
            return int(connection.execute(text(query), {"word": word}).scalar_one())

    send(topics, *outputs(ANNOTATED, origin=ORIGIN, destination=to))
    sink.run(follow=False)
    assert (hits("progress"), hits("official"), hits("bridge")) == (1, 1, 0)
    changed = replace(CLAIM, content=replace(CLAIM.content, text="The bridges open"))
    send(topics, *outputs(replace(ANNOTATED, claims=(changed,)), origin=ORIGIN, destination=to))
    sink.run(follow=False)
    assert (hits("progress"), hits("bridge")) == (0, 1)
    send(topics, tombstone(CLAIMS, b"clm_1", article="art_1", destination=to))
    sink.run(follow=False)
    assert hits("bridge") == 0


def hostile() -> Claim:
    """What a producer may write and a database may choke on."""
    long = "".join(chr(0x4E00 + number) for number in range(6000))
    return replace(
        CLAIM,
        article=ArticleRef("art\x00" + long, 2**62, "javascript:alert(1)\x00", long, "\x00" * 3, None),
        source=replace(CLAIM.source, text="nul\x00" + long, name=long, entity="ent" + long),
        content=replace(CLAIM.content, text="' OR 1=1; DROP TABLE claims; --\x00", spans=((2**62, 2**62),)),
        entities=(replace(CLAIM.entities[0], id="e\x00"), replace(CLAIM.entities[0], id="e�", name=long)),
        stances=tuple(StanceLabel(StanceTarget("entity", one, long), "favor", 1.0) for one in ("t\x00", "t�")),
    )


@pytest.mark.broker
def test_whatever_a_record_holds_the_others_get_in(topics: Settings, engine: Engine) -> None:
    name = CLAIMS.full_name(topics.topic_prefix)
    send(
        topics,
        Outgoing(name, b"\xff\x00" + b"k" * 3000, encode(hostile()), [], 0),
        Outgoing(name, b"odd", b"no json", [], 0),
        Outgoing(name, b"", encode(CLAIM), [], 0),
        Outgoing(name, b"clm_1", encode(CLAIM), [], 0),
    )
    DatabaseSink(topics, engine).run(follow=False)
    assert set(keys(engine, "claims")) == {identifier("\\xff\x00" + "k" * 3000), "", "clm_1"}


@pytest.mark.broker
def test_two_sinks_on_one_database_do_no_harm(topics: Settings, engine: Engine) -> None:
    to = destination(topics)
    first, second = DatabaseSink(topics, engine), DatabaseSink(topics, engine)
    rounds = 0

    def meddle(tail: object, count: int) -> None:
        # While the first holds positions of before, the second moves them.
        nonlocal rounds
        if rounds < 3:
            rounds += 1
            for number in range(20):
                claim = replace(CLAIM, id=f"clm_{rounds}_{number}")
                send(topics, *outputs(replace(ANNOTATED, claims=(claim,)), origin=ORIGIN, destination=to))
            second.run(follow=False)
            if rounds == 3:
                stop.append(True)

    stop: list[bool] = []
    send(topics, *outputs(ANNOTATED, origin=ORIGIN, destination=to))
    first.run(follow=True, told=meddle, stopping=lambda: bool(stop))
    first.run(follow=False)
    assert_rows_equal_records(topics, engine)
    assert len(keys(engine, "claims")) == 61


@pytest.mark.broker
def test_a_rebuild_is_seen_by_a_sink_that_runs(topics: Settings, engine: Engine) -> None:
    to = destination(topics)
    send(topics, *outputs(ANNOTATED, origin=ORIGIN, destination=to))
    sink = DatabaseSink(topics, engine)
    emptied: list[bool] = []

    def empty(tail: object, count: int) -> None:
        if not emptied and count == 0:
            emptied.append(begin_rebuilding(engine, "claimwire."))
            again = replace(CLAIM, id="clm_2")
            send(topics, *outputs(replace(ANNOTATED, claims=(CLAIM, again)), origin=ORIGIN, destination=to))

    sink.run(follow=True, told=empty, stopping=lambda: bool(emptied) and set(keys(engine, "claims")) >= {"clm_2"})
    sink.run(follow=False)
    assert emptied == [True]
    assert_rows_equal_records(topics, engine)


@pytest.mark.broker
def test_a_topic_that_was_made_anew_is_noticed(topics: Settings, engine: Engine) -> None:
    with engine.begin() as connection:
        row = {"topic": f"{topics.topic_prefix}claims", "partition": 0, "next": 9, "read_at": NOON}
        connection.execute(schema.positions.insert().values(row))
    with pytest.raises(TopicReplaced):
        DatabaseSink(topics, engine).run(follow=False)


@pytest.mark.broker
def test_without_topics(kafka_settings: Settings, engine: Engine) -> None:
    with pytest.raises(TopicMissing):
        DatabaseSink(kafka_settings, engine).run(follow=False)


def test_a_database_is_ours_or_left_alone(database: str) -> None:
    engine = connect(database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE claims (id INTEGER)"))
    for act in (prepare, begin_rebuilding):
        with pytest.raises(DatabaseForeign):
            act(engine, "claimwire.")
    assert inspect(engine).get_table_names() == ["claims"]
    engine.dispose()


def test_rebuilding_empties_once_and_other_forms_are_told(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(schema.targets.insert().values(key="tgt_1", text="x", created_at=NOON))
        connection.execute(schema.about.update().values(form=0))
    with pytest.raises(DatabaseOutdated):
        prepare(engine, "claimwire.")
    assert begin_rebuilding(engine, "claimwire.")
    assert keys(engine, "targets") == []
    assert not begin_rebuilding(engine, "claimwire.")
    end_rebuilding(engine)
    assert begin_rebuilding(engine, "claimwire.")


def test_topics_of_another_name_are_not_mixed_in(engine: Engine) -> None:
    with pytest.raises(SettingsInvalid):
        prepare(engine, "other.")
    assert begin_rebuilding(engine, "other.")
    prepare(engine, "other.")


def test_times_come_back_in_utc(engine: Engine) -> None:
    local = datetime(2026, 3, 2, 1, 30, tzinfo=UTC).astimezone(tz=None) + timedelta(microseconds=5)
    with engine.begin() as connection:
        connection.execute(schema.targets.insert().values(key="t", text="x", created_at=local))
    with engine.connect() as connection:
        found = connection.execute(select(schema.targets.c.created_at)).scalar_one()
    assert (found, found.tzinfo) == (local, UTC)


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "nonsense", "postgresql://u:secret@127.0.0.1:1/x", "sqlite:////proc/x/y"]
)
def test_what_cannot_be_used_is_said_without_the_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as raised:
        prepare(connect(url), "claimwire.")
    assert "secret" not in str(raised.value)


def test_where_the_database_is(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    assert database_url(settings) == f"sqlite:///{tmp_path / 'view.db'}"
    named = Settings(database=DatabaseSettings(url=SecretStr("postgresql://a:b@c/d")))
    assert database_url(named) == "postgresql://a:b@c/d"
    assert database_url(named, "sqlite:///x") == "sqlite:///x"
    assert "a:b@c" not in str(named.database.url)


def story(number: int, claims: range) -> Any:
    article = replace(ANNOTATED, id=f"art_{number}", headline=f"Story {number}")
    reference = ArticleRef.of(article)
    told = tuple(replace(CLAIM, id=f"clm_{number}_{one}", article=reference) for one in claims)
    return replace(article, claims=told)


@pytest.mark.broker
@pytest.mark.slow
def test_killed_ten_times_rows_equal_records(topics: Settings, database: str, tmp_path: Path) -> None:
    """While articles come, are corrected and withdrawn, the sink is killed at random moments."""
    to, dice = destination(topics), random.Random(7)
    environment = {**os.environ, **variables(topics)}
    command = [sys.executable, "-m", "pipeline.cli.main", "sink", "database", "--url", database]
    with (tmp_path / "sink.log").open("ab") as log:
        for _ in range(10):
            process = subprocess.Popen([*command, "--follow"], env=environment, stdout=log, stderr=log)
            deadline = time.monotonic() + 2.0 + dice.random()
            while time.monotonic() < deadline:
                batch: list[Outgoing] = []
                for number in (dice.randrange(200) for _ in range(20)):
                    kept = dice.randrange(4)
                    batch += outputs(story(number, range(kept)), origin=ORIGIN, destination=to)
                    batch += [
                        tombstone(CLAIMS, f"clm_{number}_{gone}".encode(), article=f"art_{number}", destination=to)
                        for gone in range(kept, 4)
                    ]
                send(topics, *batch)
            assert process.poll() is None, (tmp_path / "sink.log").read_text()
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        last = subprocess.run([*command, "--once"], env=environment, stdout=log, stderr=log, timeout=300, check=False)
    assert last.returncode == 0, (tmp_path / "sink.log").read_text()
    engine = connect(database)
    assert_rows_equal_records(topics, engine)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(schema.claims)).scalar_one() > 50
        # Each kill came in the middle of things: something had been written before the last run.
        stored = connection.execute(select(func.sum(schema.positions.c.next))).scalar_one()
    assert stored >= sum(len(records(topics, name)) for name in FILLINGS)
    engine.dispose()


def test_every_public_topic_has_a_table() -> None:
    assert {topic.name for topic in PUBLIC} == FILLINGS.keys()
