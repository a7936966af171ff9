from datetime import UTC, datetime

from pipeline.formats import Skipped, Withdrawal
from pipeline.records import Article
from tests.formats.reading import fixture


def test_items() -> None:
    story, picture, gone = fixture("newsml_1.xml")
    assert isinstance(story, Article)
    assert story.id == "urn:newsml:agency.example:20040405:lindholm"
    assert story.revision == 2
    assert story.headline == "Port of Lindholm to reopen on Monday"
    assert story.body == "The port will reopen.\n\nThe union disputes it."
    assert story.authors == ("Mina Sato",)
    assert story.publisher == "Example Agency"
    assert story.published_at == datetime(2004, 4, 5, 13, tzinfo=UTC)
    assert story.language == "en"
    assert story.extra["rights"] == "© 2004 Example Agency"
    assert picture == Skipped(
        "urn:newsml:agency.example:20040405:picture", "picture", "a news item without a text of its own"
    )
    assert isinstance(gone, Withdrawal)
    assert gone.article_id == "urn:newsml:agency.example:20040405:gone"
