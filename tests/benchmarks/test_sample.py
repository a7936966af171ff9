"""Articles to measure with."""

from pathlib import Path

import pytest

from benchmarks.sample import balanced, sample, words
from pipeline.records import Article


def article(number: int, length: int) -> Article:
    return Article(id=f"a{number}", headline="", body="word " * length)


def test_long_ones_and_short_ones_balance() -> None:
    articles = [article(n, length) for n, length in enumerate([1500, 1600, 50, 400, 500, 4000, 300, 1200])]
    chosen = balanced(articles, 5)
    assert [words(one) for one in chosen] == [1500, 400, 500, 1200]


def test_without_research_data_examples_come_again_under_other_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLAIMWIRE_SHARED", str(tmp_path))
    found = sample(60)
    assert len({one.id for one in found}) == len(found) == 60
    assert "examples/ instead" in capsys.readouterr().err


def test_research_data_are_of_the_usual_length(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_SHARED", str(shared))
    found = sample(40)
    assert found == sample(40)
    assert 800 < sum(map(words, found)) / 40 < 1000
