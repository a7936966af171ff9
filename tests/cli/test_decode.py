import os
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import cli
from pipeline.records import Article
from pipeline.wire.codec import decode

REMEDY = "Correct the article at its producer and send it again."


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["decode", *arguments], input=stdin)


def test_articles_on_standard_output_the_rest_on_standard_error(bare: Path) -> None:
    (bare / "wire.jsonl").write_bytes(
        b'{"id": "one", "body": "The bridge is closed."}\n{"id": "two"}\n?\n{"id": "three", "headline": "Reopened"}'
    )
    done = run("wire.jsonl")
    assert done.exit_code == 0
    articles = [decode(Article, line) for line in done.stdout_bytes.splitlines()]
    assert [(article.id, article.text) for article in articles] == [
        ("one", "The bridge is closed."),
        ("three", "Reopened"),
    ]
    assert [orjson.loads(line) for line in done.stderr_bytes.splitlines()] == [
        {
            "path": "wire.jsonl",
            "item": 2,
            "outcome": "refused",
            "reason": "missing-key",
            "detail": "body or headline is missing",
            "remedy": REMEDY,
        },
        {
            "path": "wire.jsonl",
            "item": 3,
            "outcome": "refused",
            "reason": "undecodable",
            "detail": "not readable as JSON: line 1, column 1: unexpected character, expected a JSON value",
            "remedy": REMEDY,
        },
    ]


def test_what_it_writes_it_reads(bare: Path) -> None:
    first = run("-", stdin="Bridge closed\n\n-----\n\nThe bridge is closed, “for now”.\n".encode())
    assert orjson.loads(first.stdout_bytes)["headline"] == "Bridge closed"
    assert run("-", stdin=first.stdout_bytes).stdout_bytes == first.stdout_bytes


def test_a_format_that_does_not_exist_is_wrong_usage(bare: Path) -> None:
    done = run("--format", "word", "-", stdin=b"")
    assert done.exit_code == 2
    assert "jsonl" in done.stderr


def test_a_file_name_that_is_no_utf8_is_reported(bare: Path) -> None:
    Path(os.fsdecode(b"caf\xe9.json")).write_bytes(b"{}")
    done = run(str(bare))
    assert done.exit_code == 0
    assert orjson.loads(done.stderr_bytes)["path"].endswith("caf\ufffd.json")


def test_a_missing_path(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pipeline.cli.main import main

    with pytest.raises(SystemExit) as caught:
        main(["decode", "missing"])
    assert caught.value.code == 1
    assert "missing: no such file or folder" in capsys.readouterr().err


def test_the_summary_counts_by_reason(bare: Path) -> None:
    (bare / "items.json").write_bytes(
        b'[{"body": "The bridge is closed."}, {}, {"uri": "urn:a", "type": "picture"}, '
        b'{"uri": "urn:b", "type": "text", "pubstatus": "canceled"}]'
    )
    done = run("--summary", "items.json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["article", "1"],
        ["refused", "missing-key", "1"],
        ["skipped", "picture", "1"],
        ["skipped", "withdrawn", "1"],
    ]
