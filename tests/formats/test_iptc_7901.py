from pipeline.formats import Skipped
from pipeline.records import Article
from tests.formats.reading import fixture


def test_messages() -> None:
    story, union, empty = fixture("wire.iptc")
    assert isinstance(story, Article)
    assert story.headline == "Port of Lindholm to reopen on Monday"
    assert story.body == (
        "LINDHOLM, April 5 (Example) - The port of Lindholm will reopen on Monday after a strike of three weeks, the "
        "harbour authority said on Friday, ending the longest closure in its history of ninety years.\n\n"
        "The union disputed that. Nothing had been signed, its secretary told reporters outside the gates."
    )
    assert (story.authors, story.publisher) == (("Mina Sato",), "EXA")
    assert story.extra["iptc-7901"] == {
        "header": "EXA0017 4 I 75 EXA-0001",
        "byline": "By Mina Sato",
        "number": "0017",
        "priority": "4",
        "category": "I",
    }
    assert isinstance(union, Article)
    assert union.headline == "Union disputes reopening of port"
    assert union.body == "LINDHOLM (EX) _ Nothing has been signed, the dockers´ union says."
    assert empty == Skipped("EXA0018", "no-text", "a message without a text")
