import pytest

from pipeline.language.entities import cluster
from pipeline.language.gender import Gender
from pipeline.language.persons import Persons
from pipeline.records import EntityType

NAMES = ("Ann Lee", "Bob Ray", "Xo Ny", "Yam Tor", "Lee", "Ray", "Sen. Anna Moss", "Ny")


def persons(text: str) -> Persons:
    found: list[tuple[int, int, EntityType]] = []
    at = 0
    while at < len(text):
        name = next((name for name in NAMES if text.startswith(name, at)), "")
        if name:
            found.append((at, at + len(name), "Person"))
        at += len(name) or 1
    return Persons(text, cluster(text, found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee met Bob Ray. “No,” | said.", ("Bob Ray", "Ann Lee")),
        ("Xo Ny waited. “No,” | said.", ("Xo Ny", "Xo Ny")),
        ("Xo Ny met Yam Tor. “No,” | said.", (None, None)),
        ("Ann Lee smiled. Xo Ny waited. “No,” | said.", ("Xo Ny", "Xo Ny")),
        ("Xo Ny met Ann Lee. “No,” | said.", ("Xo Ny", "Ann Lee")),
        ("Mr. Ny met Ann Lee. “No,” | said.", ("Ny", "Ann Lee")),
        ("Xo Ny, a spokeswoman of the port, met Bob Ray. “No,” | said.", ("Bob Ray", "Xo Ny")),
        ("Bob Ray came. “Xo Ny was there,” | said.", ("Bob Ray", None)),
        ("Xo Ny’s report helped Bob Ray. “No,” | said.", ("Bob Ray", "Xo Ny")),
        ("Sen. Anna Moss came.\n\nIt rained.\n\nIt snowed.\n\n“No,” | said.", (None, "Anna Moss")),
        ("Sen. Anna Moss came.\nA.\nB.\nC.\nD.\n“No,” | said.", (None, None)),
        ("“No,” | said.", (None, None)),
        ("Bob Ray came. He waited for Xo Ny. “No,” | said.", ("Bob Ray", "Xo Ny")),
    ],
)
def test_a_pronoun_is_who_comes_before_it_and_fits(text: str, expected: tuple[str | None, str | None]) -> None:
    pronouns: tuple[Gender, Gender] = ("he", "she")
    for pronoun, name in zip(pronouns, expected, strict=True):
        found = persons(text.replace("|", pronoun)).referent(pronoun, text.index("|"))
        assert (found and found.name) == name, pronoun


def test_who_spoke_is_meant_before_others() -> None:
    text = "Xo Ny met Yam Tor, who said no. “Yes,” he said."
    people = persons(text)
    (tor,) = cluster(text, [(10, 17, "Person")])
    people.spoke(text.index("who"), tor.id)
    found = people.referent("he", text.index("he said"))
    assert found is not None
    assert found.name == "Yam Tor"


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("senator", "Anna Moss"),
        ("former governor", "Bob Ray"),
        ("governor", "Bob Ray"),
        ("mediator", "Ann Lee"),
        ("mayor", None),
        ("president", "Yam Tor"),
        ("general", None),
    ],
)
def test_a_title_is_whoever_bears_it_alone(noun: str, name: str | None) -> None:
    text = (
        "Sen. Anna Moss met former Gov. Bob Ray and Ann Lee, a mediator. Gen. Xo Ny met Gen. Ray."
        "\n\nPresident\u00a0Yam Tor left."
    )
    found = persons(text).titled(noun, len(text))
    assert (found and found.name) == name
