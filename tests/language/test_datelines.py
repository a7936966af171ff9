import pytest

from pipeline.language.datelines import behind, datelines, parted


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("PORT SORREL - Nordhaven Lines agreed.", "PORT SORREL", "Nordhaven"),
        ("BERGEN (Tidewire) — The mayor left.", "BERGEN", "The mayor"),
        ("Headline\n\nST. ORRIN, Calvenna (AP) -- Rain fell.", "ST. ORRIN", "Rain"),
    ],
)
def test_a_dateline_is_told_from_the_story(text: str, place: str, rest: str) -> None:
    ((span, end),) = datelines(text)
    assert text[slice(*span)] == place
    assert text[end:].startswith(rest)


@pytest.mark.parametrize("text", ["The NMB - a union - left.", "He said NO - and left.", "A - B", "NATO said no.", ""])
def test_what_only_looks_like_one(text: str) -> None:
    assert datelines(text) == []


def test_spans_begin_behind_it() -> None:
    text = "PORT SORREL - Nordhaven Lines agreed."
    filed = datelines(text)
    assert behind((0, 36), filed) == (14, 36)
    assert behind((14, 36), filed) == (14, 36)
    assert behind((0, 11), filed) == (0, 11)
    assert parted([(0, 29, "Organization")], filed) == [(0, 11, "Location"), (14, 29, "Organization")]
    assert parted([(0, 11, "Location"), (14, 29, "Organization")], filed) == [
        (0, 11, "Location"),
        (14, 29, "Organization"),
    ]
