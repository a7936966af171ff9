import orjson
import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.errors import UndecodableRecord

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


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"text": "no target"}'])
def test_a_line_that_asks_nothing_is_named(line: bytes) -> None:
    result = CliRunner().invoke(cli, ["stance"], input=line)
    assert isinstance(result.exception, UndecodableRecord)
    assert "line 1" in str(result.exception)
