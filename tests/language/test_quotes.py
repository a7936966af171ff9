import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.quotes import form, quotations, trimmed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said “no”.", ["no"]),
        ('He said "no" and "yes".', ["no", "yes"]),
        ("„Nein“, sagte er. «Non», dit-il.", ["Nein", "Non"]),
        ("“It goes on\n“and on.” He left.", ["It goes on", "and on."]),
        ("The city's own 'quote'", []),
        ("An open “end", ["end"]),
    ],
)
def test_quoted_stretches(text: str, expected: list[str]) -> None:
    assert [text[s:e] for s, e in quotations(text)] == expected


@given(st.text(alphabet="ab“”\"«» \n'"))
def test_quotations_are_in_order_and_do_not_overlap(text: str) -> None:
    reached = 0
    for start, end in quotations(text):
        assert reached <= start <= end <= len(text)
        assert "\n" not in text[start:end]
        reached = end


@given(st.text(), st.integers(0, 20), st.integers(0, 20))
def test_trimming_never_widens(text: str, start: int, end: int) -> None:
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    s, e = trimmed(text, (start, end))
    assert start <= s <= e <= end


def test_form_tells_direct_from_mixed_and_indirect() -> None:
    text = "“There is no progress yet,” he said, calling it “nothing dramatic” at all."
    quoted = quotations(text)
    assert form([(1, 25)], quoted) == "direct"
    assert form([(37, len(text))], quoted) == "mixed"
    assert form([(66, 72)], quoted) == "indirect"
