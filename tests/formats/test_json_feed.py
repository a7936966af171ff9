from datetime import UTC, datetime

import pytest

from pipeline.errors import MissingKey
from pipeline.formats import Skipped
from pipeline.records import Article
from tests.formats.reading import fixture, outcomes


def test_items() -> None:
    story, note, picture, nonsense = fixture("feed.json")
    assert isinstance(story, Article)
    assert story.id == "https://daily.example/#17"
    assert story.url == "https://daily.example/lindholm"
    assert story.headline == "Port of Lindholm to reopen"
    assert story.body == "The port will reopen.\n\nThe union disputes it."
    assert story.authors == ("Mina Sato",)
    assert story.publisher == "Example Daily"
    assert story.published_at == datetime(2024, 4, 5, 14, 30, tzinfo=UTC)
    assert story.revision == int(datetime(2024, 4, 5, 15, tzinfo=UTC).timestamp())
    assert story.extra["json-feed"] == {"home": "https://daily.example/", "tags": ["business"]}
    assert isinstance(note, Article)
    assert (note.id, note.headline) == ("https://daily.example/note", None)
    assert note.body == "The union disputes the reopening.\n\nMore soon."
    assert note.authors == ("The Editors",)
    assert isinstance(picture, Skipped)
    assert isinstance(nonsense, Skipped)


def test_the_first_version_s_author_and_numbers_as_ids() -> None:
    feed = '"version": "https://jsonfeed.org/version/1", "author": {"name": "Mina Sato"}'
    (article,) = outcomes(
        f'{{{feed}, "items": [{{"id": 7, "title": "x"}}]}}'.encode(), content_type="application/feed+json"
    )
    assert isinstance(article, Article)
    assert (article.id, article.authors) == ("7", ("Mina Sato",))


@pytest.mark.parametrize("items", ["", ', "items": null', ', "items": {}'])
def test_no_items(items: str) -> None:
    (refused,) = outcomes(f'{{"version": "https://jsonfeed.org/version/1.1"{items}}}'.encode())
    assert isinstance(refused, MissingKey)
    (skipped,) = outcomes(b'{"version": "https://jsonfeed.org/version/1.1", "items": []}')
    assert isinstance(skipped, Skipped)
