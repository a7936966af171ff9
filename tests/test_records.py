from dataclasses import FrozenInstanceError

import pytest

from pipeline.records import Article
from tests.samples import ARTICLE, REFERENCE


def test_text_is_headline_two_newlines_and_body() -> None:
    assert Article(id="a", headline="Head", body="Body\n\nmore").text == "Head\n\nBody\n\nmore"


@pytest.mark.parametrize("headline", [None, ""])
def test_text_without_a_headline_is_the_body_character_for_character(headline: str | None) -> None:
    body = "\n\n  a body \r\n with a tail \n"
    assert Article(id="a", headline=headline, body=body).text == body


def test_text_without_a_body_is_the_headline() -> None:
    assert Article(id="a", headline="Head").text == "Head"


def test_a_reference_cites_the_article() -> None:
    assert (REFERENCE.id, REFERENCE.url, REFERENCE.headline) == (ARTICLE.id, ARTICLE.url, ARTICLE.headline)


def test_records_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        ARTICLE.body = "other"  # type: ignore[misc]
