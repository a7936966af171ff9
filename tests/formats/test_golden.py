"""Ids, headlines, bodies and dates of files of others, checked by hand: `golden/articles.json`.

Bodies are not copied there: their first words, length, number of paragraphs and SHA-256 are.
"""

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.formats import decode
from pipeline.records import Article
from pipeline.wire.codec import encode
from tests.formats.reading import LIMITS

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden/articles.json").read_text("utf-8"))
FEEDPARSER = "feedparser/"


@pytest.fixture(scope="module")
def feedparser(shared: Path) -> dict[str, bytes]:
    with tarfile.open(shared / "data/feeds/feedparser.tar.gz") as archive:
        return {
            name: file.read()
            for name in GOLDEN
            if name.startswith(FEEDPARSER) and (file := archive.extractfile(name)) is not None
        }


def test_there_are_forty() -> None:
    assert len(GOLDEN) >= 40


@pytest.mark.parametrize("name", GOLDEN)
def test_an_article(shared: Path, feedparser: dict[str, bytes], name: str) -> None:
    data = feedparser[name] if name.startswith(FEEDPARSER) else (shared / "data" / name).read_bytes()
    (article,) = decode(data, name=Path(name).name, limits=LIMITS)
    assert isinstance(article, Article)
    written = json.loads(encode(article))
    body = article.body
    found = {key: written[key] for key in GOLDEN[name] if key != "body"} | {
        "body": {
            "begins": " ".join(body.split()[:4])[:40],
            "characters": len(body),
            "paragraphs": sum(1 for paragraph in body.split("\n\n") if paragraph),
            "sha256": hashlib.sha256(body.encode()).hexdigest(),
        }
    }
    assert found == GOLDEN[name]
