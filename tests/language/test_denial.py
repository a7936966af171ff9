import pytest

from pipeline.language.denial import denied

CONTENT = "that he had known of it"


@pytest.mark.parametrize(
    "cue",
    ["denied", "has repeatedly denied", "denying", "disputed", "refuted", "in denial", "ruled out", "Rejects"],
)
def test_words_of_denying(cue: str) -> None:
    assert denied(cue, CONTENT, "indirect")
    assert denied(cue, CONTENT, "mixed")


@pytest.mark.parametrize(
    "cue",
    [
        "said",
        "",
        "did not deny",
        "didn’t dispute",
        "never denied",
        "identified",
        "according to",
        "ruled",
        "objected",
        "a dispute over",
        "was denied",
    ],
)
def test_words_of_saying(cue: str) -> None:
    assert not denied(cue, CONTENT, "indirect")


@pytest.mark.parametrize("cue", ["dismissed", "has rejected"])
def test_what_a_thing_is_dismissed_as_is_said_of_it(cue: str) -> None:
    assert denied(cue, "that the ferry had been late", "indirect")
    assert not denied(cue, "the report as “gossip”", "mixed")


@pytest.mark.parametrize(
    ("cue", "content"),
    [
        ("rejected", "a short-term bill on the harbour"),
        ("dismisses", "the lawsuit of three ferrymen"),
        ("denied", "the unusual request to hear the case"),
        ("to deny", "entry to certain visitors"),
        ("denying", "them any share of the catch"),
    ],
)
def test_to_refuse_is_not_to_deny(cue: str, content: str) -> None:
    assert not denied(cue, content, "indirect")


@pytest.mark.parametrize(
    ("cue", "content"),
    [
        ("rejected", "the notion that the ferry was unsafe"),
        ("has flatly dismissed", "Mr. Aldane’s claims"),
        ("denies", "any contact with the owners"),
        ("denied", "a report that he had asked for money"),
        ("was denied by", "The account"),
    ],
)
def test_what_is_said_is_denied(cue: str, content: str) -> None:
    assert denied(cue, content, "indirect")


def test_a_direct_quotation_is_what_was_said() -> None:
    assert not denied("denied", CONTENT, "direct")
