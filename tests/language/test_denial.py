import pytest

from pipeline.language.denial import denied


@pytest.mark.parametrize(
    "cue", ["denied", "has repeatedly denied", "denying", "disputed", "refuted", "in denial", "ruled out", "Rejects"]
)
def test_words_of_denying(cue: str) -> None:
    assert denied(cue, "indirect")
    assert denied(cue, "mixed")


@pytest.mark.parametrize(
    "cue",
    ["said", "", "did not deny", "didn’t dispute", "never denied", "identified", "according to", "ruled", "objected"],
)
def test_words_of_saying(cue: str) -> None:
    assert not denied(cue, "indirect")


def test_a_direct_quotation_is_what_was_said() -> None:
    assert not denied("denied", "direct")
