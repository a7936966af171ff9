import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats.bylines import authors


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Mina Sato", ("Mina Sato",)),
        ("By Mina Sato, Staff Reporter", ("Mina Sato",)),
        ("Mina Sato and Leo Brandt", ("Mina Sato", "Leo Brandt")),
        ("By Mina Sato, Leo Brandt and Tom Okafor", ("Mina Sato", "Leo Brandt", "Tom Okafor")),
        ("Von Leo Brandt, dpa", ("Leo Brandt",)),
        ("MINA SATO; LEO BRANDT", ("MINA SATO", "LEO BRANDT")),
        ("Mina Sato\nLeo Brandt", ("Mina Sato", "Leo Brandt")),
        ("By Mina Sato, Example Press", ("Mina Sato",)),
        ("Example Agency", ("Example Agency",)),
        ("Mina Sato and Mina Sato", ("Mina Sato",)),
        ("By Byron Adams", ("Byron Adams",)),
        ("--", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_bylines(byline: str | None, names: tuple[str, ...]) -> None:
    assert authors(byline) == names


@given(st.text())
def test_no_byline_fails(byline: str) -> None:
    assert all(name.strip() for name in authors(byline))
