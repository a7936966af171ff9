"""What states something that another source could deny."""

import pytest

from pipeline.language.clauses import states_something


@pytest.mark.parametrize(
    "text",
    [
        "the bridge will open in May",
        "that traffic halved",
        "We're done here, all of us",
        "It opened. Was that so hard?",
        "Was it the U.S. that left? It was.",
    ],
)
def test_a_statement(text: str) -> None:
    assert states_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "the ceasefire",
        "to leave the union",
        "whether the bridge will open in May",
        "He left",
        "Who among us would have opened it?",
        "“Who would have opened it?”",
        "What are you saying? … That the bridge can't be opened?",
        "",
    ],
)
def test_no_statement(text: str) -> None:
    assert not states_something(text)
