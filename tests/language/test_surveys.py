"""Which sources are shares of the people asked."""

import pytest

from pipeline.language.surveys import share


@pytest.mark.parametrize(
    "source",
    [
        "57 percent",
        "Fifty-one per cent",
        "just 33% of voters",
        "About a third",
        "Nearly two-thirds",
        "A majority – 54 percent –",
        "a slim majority of those in the valley",
        "More than half",
        "the majority of ferry passengers",
        "most of those surveyed",
        "respondents",
        "a new poll of ferry passengers",
    ],
)
def test_a_share(source: str) -> None:
    assert share(source)


@pytest.mark.parametrize(
    "source",
    [None, "Majority Leader Ada Thorne", "the third witness", "the quarterly report", "her better half", "23 people"],
)
def test_somebody_else(source: str | None) -> None:
    assert not share(source)
