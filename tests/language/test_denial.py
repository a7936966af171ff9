import pytest

from pipeline.language.denial import denied

CONTENT = "that he had known of it"


@pytest.mark.parametrize(
    "cue", ["denied", "has repeatedly denied", "denying", "disputed", "refuted", "in denial", "ruled out", "Rejects"]
)
def test_words_of_denying(cue: str) -> None:
    assert denied(cue, CONTENT, "indirect")
    assert denied(cue, CONTENT, "mixed")


@pytest.mark.parametrize(
    "cue",
    ["said", "", "did not deny", "didn’t dispute", "never denied", "identified", "according to", "ruled", "objected"],
)
def test_words_of_saying(cue: str) -> None:
    assert not denied(cue, CONTENT, "indirect")


@pytest.mark.parametrize("cue", ["dismissed", "has rejected"])
def test_what_a_thing_is_dismissed_as_is_said_of_it(cue: str) -> None:
    assert denied(cue, "that the ferry had been late", "indirect")
    assert not denied(cue, "the report as “gossip”", "mixed")


def test_a_direct_quotation_is_what_was_said() -> None:
    assert not denied("denied", CONTENT, "direct")
