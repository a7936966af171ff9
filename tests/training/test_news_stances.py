"""Claims whose stances were read."""

import pytest

from pipeline.language.labels import STANCES
from training import corpora, news_stances
from training.news_stances import articles, questions, read

pytestmark = pytest.mark.skipif(not corpora.ROOT.is_dir(), reason="needs the research data")


def test_no_article_is_in_both_parts() -> None:
    training, development = ({row["article"] for row in read(development=part)} for part in (False, True))
    assert training
    assert development
    assert not training & development


def test_every_target_is_asked_about_as_it_stands_in_the_content() -> None:
    rows = read(development=True)
    asked = questions(rows)
    assert len(asked) == sum(len(row["targets"]) for row in rows)
    assert all(each["target"] in each["text"] and each["label"] in STANCES for each in asked)


def test_articles_have_their_pairs_with_all_probability_on_one_label() -> None:
    found = list(articles(read(development=True)))
    assert sum(len(article["pairs"]) for article in found) == sum(len(r["targets"]) for r in read(development=True))
    assert all(sorted(pair["stance"]) == [0.0, 0.0, 1.0] for article in found for pair in article["pairs"])
    assert news_stances.certain("against")[STANCES.index("against")] == 1.0
