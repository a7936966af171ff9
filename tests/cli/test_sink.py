import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, inspect, select

from pipeline.cli import progress
from pipeline.cli.main import cli
from pipeline.consumers.database import schema
from pipeline.consumers.database.connection import begin_rebuilding, connect
from pipeline.consumers.database.sink import DatabaseSink
from pipeline.errors import DatabaseOutdated, DatabaseUnavailable
from pipeline.settings import Settings
from pipeline.wire.outgoing import outputs
from tests.consumers.databases import database, postgresql
from tests.consumers.test_subscription import destination, send
from tests.processors.harness import variables
from tests.samples import ANNOTATED, CLAIM, ORIGIN

__all__ = ["database", "postgresql"]

pytestmark = [pytest.mark.usefixtures("bare"), pytest.mark.broker]


def run(settings: Settings, *arguments: str, **environment: str) -> Result:
    flags = {
        "kafka.bootstrap_servers": settings.kafka.bootstrap_servers,
        "topic_prefix": settings.topic_prefix,
        "state_dir": settings.state_dir,
    }
    options = [part for name, value in flags.items() for part in ("--set", f"{name}={value}")]
    return CliRunner(env=environment).invoke(cli, [*options, *arguments])


def claims(settings: Settings, count: int) -> None:
    told = tuple(replace(CLAIM, id=f"clm_{number}") for number in range(count))
    send(settings, *outputs(replace(ANNOTATED, claims=told), origin=ORIGIN, destination=destination(settings)))


def count(url: str) -> int:
    engine = connect(url)
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(schema.claims)).scalar_one()
    engine.dispose()
    return found


def test_a_database_where_the_settings_the_environment_or_the_flag_say(topics: Settings, tmp_path: Path) -> None:
    claims(topics, 3)
    by_flag, by_variable = f"sqlite:///{tmp_path / 'flag.db'}", f"sqlite:///{tmp_path / 'variable.db'}"
    assert "5 records into" in run(topics, "sink", "database", "--once").stderr
    assert run(topics, "sink", "database", "--once", "--url", by_flag, DATABASE_URL=by_variable).exit_code == 0
    assert run(topics, "sink", "database", "--once", DATABASE_URL=by_variable).exit_code == 0
    for url in (by_flag, by_variable, f"sqlite:///{topics.state_dir / 'view.db'}"):
        assert count(url) == 3
    assert "0 records into" in run(topics, "sink", "database", "--once").stderr


def test_files(topics: Settings, tmp_path: Path) -> None:
    claims(topics, 3)
    assert run(topics, "sink", "jsonl", str(tmp_path / "out"), "--topic", "claims", "--once").exit_code == 0
    (written,) = (tmp_path / "out").glob("claims/*/*.jsonl")
    assert len(written.read_text().splitlines()) == 3
    assert run(topics, "sink", "parquet", str(tmp_path / "out"), "--topic", "claims", "--once").exit_code == 0
    assert len(list((tmp_path / "out").glob("claims/*/*.parquet"))) == 1


def test_a_database_that_does_not_answer(topics: Settings) -> None:
    result = run(topics, "sink", "database", "--once", "--url", "postgresql://x:secret@127.0.0.1:1/x")
    assert isinstance(result.exception, DatabaseUnavailable)
    assert "secret" not in str(result.exception)


def test_a_rebuild_that_was_cut_short_goes_on(topics: Settings) -> None:
    claims(topics, 1200)
    url = f"sqlite:///{topics.state_dir / 'view.db'}"
    engine = connect(url)
    assert begin_rebuilding(engine, topics.topic_prefix)
    read: list[int] = []
    DatabaseSink(topics, engine).run(follow=False, told=lambda tail, n: read.append(n), stopping=lambda: any(read))
    assert 0 < sum(read) < 1200
    result = run(topics, "view", "rebuild")
    assert "going on with the rebuild" in result.stderr
    assert f"{1202 - sum(read):,} records" in result.stderr
    assert count(url) == 1200
    again = run(topics, "view", "rebuild")
    assert "1,202 records" in again.stderr
    assert count(url) == 1200


def test_a_rebuild_that_was_killed_goes_on_and_ends_with_the_same_rows(topics: Settings, database: str) -> None:
    claims(topics, 6000)
    command = [sys.executable, "-m", "pipeline.cli.main", "view", "rebuild", "--url", database]
    process = subprocess.Popen(command, env={**os.environ, **variables(topics)}, stderr=subprocess.DEVNULL)
    engine = connect(database)
    deadline = time.monotonic() + 60
    while not (inspect(engine).has_table(schema.claims.name) and count(database)):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    there = count(database)
    assert 0 < there < 6000
    with engine.connect() as connection:
        assert connection.execute(select(schema.about.c.rebuilding)).scalar_one()
    assert "going on with the rebuild" in run(topics, "view", "rebuild", "--url", database).stderr
    with engine.connect() as connection:
        keys = connection.scalars(select(schema.claims.c.key)).all()
        parts = connection.scalars(select(schema.claim_entities.c.claim_key)).all()
        assert not connection.execute(select(schema.about.c.rebuilding)).scalar_one()
    engine.dispose()
    assert sorted(keys) == sorted(f"clm_{number}" for number in range(6000))
    assert len(parts) == 6000 * len(CLAIM.entities)


def test_how_far_it_is_is_said_where_there_is_no_terminal(topics: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_LINE_SECONDS", 0.0)
    claims(topics, 1200)
    said = run(topics, "view", "rebuild").stderr
    assert "100% read, 1,202 records" in said
    assert re.search(r"claimwire: [1-9]\d?% read, \d+ records", said)


def test_a_database_of_an_older_form_is_rebuilt(topics: Settings) -> None:
    claims(topics, 2)
    run(topics, "sink", "database", "--once")
    url = f"sqlite:///{topics.state_dir / 'view.db'}"
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(schema.about.update().values(form=0))
    result = run(topics, "sink", "database", "--once")
    assert isinstance(result.exception, DatabaseOutdated)
    assert run(topics, "view", "rebuild").exit_code == 0
    assert count(url) == 2
