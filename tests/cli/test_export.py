from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import cli
from pipeline.wire.codec import encode
from tests.exports.samples import ANNOTATED, CLAIM


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["export", *arguments], input=stdin)


@pytest.mark.parametrize(("name", "context"), [("web-annotation", "anno.jsonld"), ("schema-org", "schema.org")])
def test_one_line_of_json_ld_for_each_claim(bare: Path, name: str, context: str) -> None:
    (bare / "lines.jsonl").write_bytes(encode(ANNOTATED) + b"\n" + encode(CLAIM) + b"\n")
    done = run("--as", name, "lines.jsonl")
    assert done.exit_code == 0
    written = [orjson.loads(line) for line in done.stdout_bytes.splitlines()]
    assert len(written) == 3
    assert all(line["@context"].endswith(context) for line in written)
    assert run("--as", name, stdin=(bare / "lines.jsonl").read_bytes()).stdout_bytes == done.stdout_bytes


def test_what_is_neither_is_reported_and_the_rest_written(bare: Path) -> None:
    done = run("--as", "schema-org", "-", stdin=b"{}\n" + encode(CLAIM))
    assert done.exit_code == 1
    assert len(done.stdout_bytes.splitlines()) == 1
    (line,) = [orjson.loads(line) for line in done.stderr_bytes.splitlines()]
    assert (line["path"], line["item"], line["outcome"], line["reason"]) == ("-", 1, "refused", "undecodable")


@pytest.mark.parametrize("arguments", [[], ["--as", "rdf"], ["--as", "schema-org", "missing.jsonl"]])
def test_wrong_usage(bare: Path, arguments: list[str]) -> None:
    assert run(*arguments, stdin=b"").exit_code == 2
