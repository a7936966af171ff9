import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats.mojibake import undone

STORY = "“Nothing has been signed,” said Tom Okafor – “and we won’t”. The café in Lindholm’s port is closed."


@pytest.mark.parametrize("wrong", ["latin-1", "sloppy"])
def test_text_that_was_read_in_the_wrong_encoding(wrong: str) -> None:
    broken = STORY.encode().decode("latin-1")
    if wrong == "sloppy":  # Windows-1252, as browsers read it
        broken = "".join(
            bytes([ord(c)]).decode("cp1252", "ignore") or c if "\x80" <= c <= "\x9f" else c for c in broken
        )
    assert undone(broken) == STORY


@pytest.mark.parametrize(
    "text",
    [
        STORY,
        "NÃO É “IRMÃ”.",
        "«Perché?», disse. «È così.»",
        "Âge d’or – « été »",
        "Das kostet 5 €, „sagt“ sie.",
        "Мост закрыт. Σήμερα. 橋。",
    ],
)
def test_right_text_stays(text: str) -> None:
    assert undone(text) == text


@given(st.text(max_size=500))
def test_no_text_fails(text: str) -> None:
    undone(text)
    undone(text.encode("utf-8", "replace").decode("latin-1"))
