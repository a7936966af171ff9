import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language import shapes


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("talks", shapes.LOWER),
        ("Katz", shapes.TITLE),
        ("A", shapes.TITLE),
        ("US", shapes.UPPER),
        ("McCain", shapes.MIXED),
        ("B2", shapes.UPPER),
        ("253", shapes.DIGITS),
        (",", shapes.NO_LETTERS),
        ("“", shapes.NO_LETTERS),
    ],
)
def test_words_have_the_shape_of_their_case(word: str, expected: int) -> None:
    assert shapes.shape(word) == expected


@given(st.text(min_size=1))
def test_any_word_has_a_shape_that_the_embedding_knows(word: str) -> None:
    assert shapes.SPECIAL < shapes.shape(word) < shapes.COUNT
