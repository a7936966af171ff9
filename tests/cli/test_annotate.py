from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.usefixtures("bare")


def test_one_annotated_article_a_line() -> None:
    result = CliRunner().invoke(cli, ["annotate", str(REPOSITORY / "examples")])
    assert result.exit_code == 0
    rows = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert len(rows) == len(list((REPOSITORY / "examples").iterdir()))
    for row in rows:
        assert "body" not in row
        assert row["claims"]
        assert row["entities"]
        for claim in row["claims"]:
            spans = [*claim["source"]["spans"], *claim["cue"]["spans"], *claim["content"]["spans"]]
            assert all(0 <= s < e <= len(row["text"]) for s, e in spans)
            assert " … ".join(row["text"][s:e] for s, e in claim["content"]["spans"]) == claim["content"]["text"]
        for entity in row["entities"]:
            for mention in entity["mentions"]:
                assert row["text"][slice(*mention["span"])] == mention["text"]


def test_the_same_file_gives_the_same_bytes_whatever_stands_beside_it() -> None:
    alone, beside = (
        CliRunner().invoke(cli, ["annotate", *(str(REPOSITORY / "examples" / name) for name in names)]).stdout
        for names in (["09-club.json"], ["01-ferry-talks-stalled.json", "09-club.json"])
    )
    assert alone.splitlines()[-1] == beside.splitlines()[-1]


def test_a_refused_item_is_named_and_the_others_go_on(bare: Path) -> None:
    lines = [b"{", orjson.dumps({"body": "“No,” said Piet Solheim.", "id": "kept"})]
    (bare / "mixed.jsonl").write_bytes(b"\n".join(lines))
    result = CliRunner().invoke(cli, ["annotate", "mixed.jsonl"])
    assert result.exit_code == 1
    assert orjson.loads(result.stdout)["id"] == "kept"
    report = orjson.loads(result.stderr.splitlines()[0])
    assert report["path"] == "mixed.jsonl"
    assert report["outcome"] == "refused"


def test_text_in_another_language_is_passed_on_without_claims(bare: Path) -> None:
    (bare / "de.json").write_bytes(orjson.dumps({"body": "„Nein“, sagte Piet Solheim.", "language": "de"}))
    row = orjson.loads(CliRunner().invoke(cli, ["annotate", "de.json"]).stdout)
    assert row["text"] == "„Nein“, sagte Piet Solheim."
    assert row["claims"] == row["entities"] == []
