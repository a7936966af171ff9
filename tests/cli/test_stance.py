import select
import subprocess
import sys
from codecs import BOM_UTF8

import orjson
import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.errors import QuestionInvalid

pytestmark = pytest.mark.usefixtures("bare")

QUESTIONS: list[dict[str, object]] = [
    {"text": "The mayor praised the bridge as a masterpiece.", "target": "the bridge", "id": 1},
    {"text": "Okafor condemned the offer as an insult.", "target": "offer", "source": "Okafor"},
]


def test_lines_come_back_in_order_with_label_and_scores() -> None:
    lines = b"\n".join(orjson.dumps(q) for q in QUESTIONS) + b"\n\n"
    result = CliRunner().invoke(cli, ["stance"], input=lines)
    rows = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert [{k: row[k] for k in q} for row, q in zip(rows, QUESTIONS, strict=True)] == QUESTIONS
    for row in rows:
        assert set(row["scores"]) == {"favor", "against", "neutral"}
        assert sum(row["scores"].values()) == pytest.approx(1, abs=0.01)
        assert row["label"] == max(row["scores"], key=row["scores"].__getitem__)
    assert [row["label"] for row in rows] == ["favor", "against"]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b'{"text": "no target"}',
        b'{"text": "", "target": "bridge"}',
        b'{"text": "Words.", "target": " \\u2003"}',
        b'{"text": "Words.", "target": "bridge", "source": 5}',
        b'{"text": "Words.", "target": "bridge", "source": ["a"]}',
    ],
)
def test_a_line_that_asks_nothing_is_named_once_those_before_it_are_answered(line: bytes) -> None:
    result = CliRunner().invoke(cli, ["stance"], input=b"\n".join([*map(orjson.dumps, QUESTIONS), line]))
    assert isinstance(result.exception, QuestionInvalid)
    assert result.exception.line == 3
    assert "Correct that line" in result.exception.remedy
    assert [orjson.loads(answer)["text"] for answer in result.stdout.splitlines()] == [q["text"] for q in QUESTIONS]


def test_a_source_may_be_null_and_the_first_line_may_begin_with_a_mark() -> None:
    result = CliRunner().invoke(cli, ["stance"], input=BOM_UTF8 + orjson.dumps({**QUESTIONS[0], "source": None}))
    assert (result.exit_code, orjson.loads(result.stdout)["label"]) == (0, "favor")


def test_one_who_waits_for_an_answer_gets_it() -> None:
    command = [sys.executable, "-m", "pipeline.cli.main", "stance"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for question in QUESTIONS:
            process.stdin.write(orjson.dumps(question) + b"\n")
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 60)[0]
            assert orjson.loads(process.stdout.readline())["target"] == question["target"]
        process.stdin.close()
        assert process.wait(60) == 0
