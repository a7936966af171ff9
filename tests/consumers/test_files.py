import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline.consumers.files.arrow_types import arrow_type, plain
from pipeline.consumers.files.jsonl import JsonLinesWriter
from pipeline.consumers.files.parquet import ParquetWriter
from pipeline.consumers.files.sink import FileSink
from pipeline.errors import FolderBusy
from pipeline.records import Record
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_ANNOTATED, CLAIMS, PUBLIC
from pipeline.wire.outgoing import Outgoing, outputs, tombstone
from tests.consumers.test_subscription import destination, send
from tests.kafka import records
from tests.processors.harness import variables
from tests.samples import ANNOTATED, CLAIM, ORIGIN, RECORDS

pa = pytest.importorskip("pyarrow")


def lines(folder: Path, topic: str) -> list[dict[str, Any]]:
    """Every line of a topic's files, in order."""
    return [
        orjson.loads(line)
        for path in sorted(folder.glob(f"{topic}/*/*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]


def rows(folder: Path, topic: str) -> list[dict[str, Any]]:
    import pyarrow.parquet

    return [
        row
        for path in sorted(folder.glob(f"{topic}/*/*.parquet"))
        for row in pyarrow.parquet.read_table(path).to_pylist()
    ]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_record_fits_its_arrow_type(record: Record) -> None:
    type_ = arrow_type(type(record))
    back = pa.array([plain(type(record), asdict(record)), None], type_).to_pylist()
    assert back[1] is None
    assert back[0].keys() == asdict(record).keys()
    assert orjson.dumps(back[0].get("id")) == orjson.dumps(asdict(record).get("id"))


@pytest.mark.broker
def test_json_lines_and_parquet_hold_every_record_once_in_order(topics: Settings, tmp_path: Path) -> None:
    to = destination(topics)
    chosen = [ARTICLES_ANNOTATED, CLAIMS]

    def run() -> list[int]:
        counts = []
        for name, writer in (("jsonl", JsonLinesWriter()), ("parquet", ParquetWriter())):
            with FileSink(topics, tmp_path / name, writer, chosen) as sink:
                counts.append(sink.run(follow=False))
        return counts

    send(topics, *outputs(ANNOTATED, origin=ORIGIN, destination=to))
    assert run() == [2, 2]
    name = CLAIMS.full_name(topics.topic_prefix)
    gone = tombstone(CLAIMS, b"clm_1", article="art_1", destination=to)
    send(topics, gone, Outgoing(name, b"odd", b"no json", [], gone.partition))
    assert run() == [2, 2]
    assert run() == [0, 0]
    claim, withdrawn = lines(tmp_path / "jsonl", "claims")
    assert (claim["id"], withdrawn) == ("clm_1", {"key": "clm_1", "withdrawn": True})
    row, gone_row = rows(tmp_path / "parquet", "claims")
    assert row["record"]["content"]["text"] == "There is no progress yet"
    assert row["record"]["stances"][0]["label"] == "against"
    assert (row["offset"], row["withdrawn"], row["key"]) == (0, False, "clm_1")
    assert (gone_row["offset"], gone_row["withdrawn"], gone_row["record"]) == (1, True, None)
    assert len(rows(tmp_path / "parquet", "articles.annotated")) == 1
    assert not list(tmp_path.glob("*/entities"))


@pytest.mark.broker
def test_what_a_killed_sink_had_begun_is_cleared_away(topics: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "out/claims/0"
    folder.mkdir(parents=True)
    begun = folder / f"{0:020}-{9:020}.jsonl.unfinished"
    begun.write_text("{")
    with FileSink(topics, tmp_path / "out", JsonLinesWriter(), [CLAIMS]) as sink:
        assert not begun.exists()
        with (
            pytest.raises(FolderBusy),
            FileSink(topics, tmp_path / "out", JsonLinesWriter(), [CLAIMS]),
        ):
            pass
        assert sink.run(follow=False) == 0


@pytest.mark.broker
@pytest.mark.slow
def test_killed_ten_times_files_equal_records(topics: Settings, tmp_path: Path) -> None:
    to, dice = destination(topics), random.Random(3)
    command = [
        sys.executable, "-m", "pipeline.cli.main", "sink", "jsonl", str(tmp_path / "out"), "--topic", "claims",
    ]  # fmt: skip
    environment, count = {**os.environ, **variables(topics)}, 0
    with (tmp_path / "log").open("ab") as log:
        for _ in range(10):
            process = subprocess.Popen([*command, "--every", "1"], env=environment, stdout=log, stderr=log)
            deadline = time.monotonic() + 1.5 + 2 * dice.random()
            while time.monotonic() < deadline:
                told = tuple(replace(CLAIM, id=f"clm_{count + number}") for number in range(50))
                count += 50
                send(topics, *outputs(replace(ANNOTATED, claims=told), origin=ORIGIN, destination=to))
            assert process.poll() is None, (tmp_path / "log").read_text()
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        done = subprocess.run([*command, "--once"], env=environment, stdout=log, stderr=log, timeout=120, check=False)
    assert done.returncode == 0, (tmp_path / "log").read_text()
    expected = [orjson.loads(record.value)["id"] for record in records(topics, "claims")]
    assert [line["id"] for line in lines(tmp_path / "out", "claims")] == expected
    assert len(expected) == count


def test_the_command_names_every_public_topic() -> None:
    from pipeline.cli.sink import _TOPICS

    assert set(_TOPICS) == {topic.name for topic in PUBLIC}
