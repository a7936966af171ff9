import gzip
from pathlib import Path

import orjson
import pytest

from pipeline.errors import BrokerUnavailable, TopicMissing
from pipeline.producers import files
from pipeline.producers.ingest import Ingest, Unsent
from pipeline.records import Article
from pipeline.settings import KafkaSettings, LimitsSettings, Settings
from pipeline.wire import connection
from pipeline.wire.codec import decode, encode
from pipeline.wire.headers import header
from pipeline.wire.partition import partition_for
from tests.kafka import records

pytestmark = pytest.mark.broker


def story(number: int, **fields: object) -> bytes:
    return orjson.dumps(
        {"id": f"story-{number}", "body": f"The ferry was late {number} times, a captain said.", **fields}
    )


def send(settings: Settings, *paths: Path, format: str | None = None) -> tuple[Ingest, list[tuple[str, Unsent]]]:
    run = Ingest(settings)
    unsent: list[tuple[str, Unsent]] = []
    run.run(files.find(map(str, paths)), format=format, unsent=lambda path, outcome: unsent.append((path, outcome)))
    return run, unsent


def test_articles_arrive_as_canonical_json_by_their_id(topics: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"\n".join(story(number) for number in range(30))))
    (tmp_path / "b.txt").write_text("The bridge is closed, the council says.")
    run, unsent = send(topics, tmp_path)
    assert (run.progress.sent, run.progress.refused, unsent) == (31, 0, [])
    found = records(topics, "articles.raw")
    articles = {record.key.decode(): decode(Article, record.value) for record in found}
    assert len(articles) == 31
    assert articles["story-3"].body == "The ferry was late 3 times, a captain said."
    for record in found:
        article = articles[record.key.decode()]
        assert article.id.encode() == record.key
        assert record.partition == partition_for(record.key, 4)
        assert record.value == encode(article)
        assert header(record.headers, "content-type") == "application/json"
        assert header(record.headers, "ce_type") == "claimwire.article"
        assert header(record.headers, "ce_id") == f"{article.id}@1"


def test_all_revisions_meet_in_one_partition_in_order(topics: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(story(1, revision=revision) for revision in range(1, 21)))
    send(topics, tmp_path)
    found = records(topics, "articles.raw")
    assert len({record.partition for record in found}) == 1
    assert [decode(Article, record.value).revision for record in found] == list(range(1, 21))


def test_what_is_refused_is_named_and_the_others_go_on(topics: Settings, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\n".join([story(1), b"{no json", orjson.dumps({"id": "x", "body": " "}), story(2)]))
    run, unsent = send(topics, path)
    assert (run.progress.sent, run.progress.refused) == (2, 2)
    assert [(where, getattr(outcome, "reason", "")) for where, outcome in unsent] == [
        (str(path), "undecodable"),
        (str(path), "empty"),
    ]
    assert all(outcome.item is not None for _, outcome in unsent)
    assert {record.key for record in records(topics, "articles.raw")} == {b"story-1", b"story-2"}


def test_an_article_too_large_for_the_wire_is_refused_by_name(topics: Settings, tmp_path: Path) -> None:
    small = topics.model_copy(update={"limits": LimitsSettings(max_record_bytes=2000)})
    (tmp_path / "large.txt").write_text("The minister said no. " * 200)
    # Decodes, but grows beyond the limit as canonical JSON: each control character takes six bytes.
    (tmp_path / "grows.txt").write_text("He said no. " + "\u0001" * 1500)
    (tmp_path / "small.txt").write_text("The minister said no.")
    run, unsent = send(small, tmp_path)
    assert run.progress.sent == 1
    assert sorted((Path(path).name, getattr(outcome, "reason", "")) for path, outcome in unsent) == [
        ("grows.txt", "too-large"),
        ("large.txt", "too-large"),
    ]


def test_without_topics_or_a_broker_nothing_begins(kafka_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE_MS", 500)
    with pytest.raises(TopicMissing, match=r"articles\.raw"):
        Ingest(kafka_settings)
    with pytest.raises(BrokerUnavailable):
        Ingest(Settings(kafka=KafkaSettings(bootstrap_servers="127.0.0.1:1")))
