from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.entities import cluster, plain
from pipeline.records import EntityType

Kinds = Iterable[tuple[str, EntityType]]


def mentions(text: str, names: Kinds) -> list[tuple[int, int, EntityType]]:
    found, at = [], 0
    for name, kind in names:
        at = text.index(name, at)
        found.append((at, at + len(name), kind))
        at += len(name)
    return found


def test_a_partial_name_joins_the_full_one() -> None:
    text = "Katz met Helga Varnum. Israel Katz left with Varnum."
    found = cluster(
        text,
        mentions(
            text, [("Katz", "Person"), ("Helga Varnum", "Person"), ("Israel Katz", "Person"), ("Varnum", "Person")]
        ),
    )
    assert [(e.name, len(e.mentions)) for e in found] == [("Israel Katz", 2), ("Helga Varnum", 2)]


def test_an_ambiguous_name_joins_neither() -> None:
    text = "Ann Smith and Bob Smith met. Smith left."
    found = cluster(text, mentions(text, [("Ann Smith", "Person"), ("Bob Smith", "Person"), ("Smith", "Person")]))
    assert [e.name for e in found] == ["Ann Smith", "Bob Smith", "Smith"]


def test_a_bare_surname_is_whom_the_article_is_about() -> None:
    text = "Ann Smith won. Ann Smith smiled, and Bob Smith, her brother. Bob cheered. Smith left. “Ann!” they cried."
    names: list[tuple[str, EntityType]] = [
        (name, "Person") for name in ("Ann Smith", "Ann Smith", "Bob Smith", "Bob", "Smith", "Ann")
    ]
    found = cluster(text, mentions(text, names))
    assert [(e.name, len(e.mentions)) for e in found] == [("Ann Smith", 4), ("Bob Smith", 2)]


def test_an_initial_makes_nobody_else() -> None:
    text = "Helga B. Varnum came. Helga Varnum left. Varnum slept."
    names: list[tuple[str, EntityType]] = [(n, "Person") for n in ("Helga B. Varnum", "Helga Varnum", "Varnum")]
    assert [(e.name, len(e.mentions)) for e in cluster(text, mentions(text, names))] == [("Helga B. Varnum", 3)]


def test_a_person_has_the_name_that_goes_with_the_surname() -> None:
    text = "Helga Varnum Hammers Port\nHelga Varnum spoke. Varnum left."
    names: list[tuple[str, EntityType]] = [
        ("Helga Varnum Hammers", "Person"),
        ("Helga Varnum", "Person"),
        ("Varnum", "Person"),
    ]
    assert [(e.name, len(e.mentions)) for e in cluster(text, mentions(text, names))] == [("Helga Varnum", 3)]


def test_an_acronym_joins_what_it_abbreviates() -> None:
    text = "The National Medicines Board met. NMB said so."
    found = cluster(text, mentions(text, [("National Medicines Board", "Organization"), ("NMB", "Organization")]))
    assert [e.name for e in found] == ["National Medicines Board"]


def test_one_name_has_one_type() -> None:
    text = "Hamas met Hamas. Hamas left Jordan."
    kinds: list[tuple[str, EntityType]] = [
        ("Hamas", "Location"),
        ("Hamas", "Organization"),
        ("Hamas", "Organization"),
        ("Jordan", "Location"),
    ]
    assert [(e.name, e.type) for e in cluster(text, mentions(text, kinds))] == [
        ("Hamas", "Organization"),
        ("Jordan", "Location"),
    ]


def test_articles_titles_and_possessives_are_no_part_of_a_name() -> None:
    assert plain("the United  States’", "Location") == "United States"
    assert plain("Mr. Kirby’s", "Person") == "Kirby"
    assert plain("The", "Misc") == "The"


@given(st.lists(st.sampled_from(["Katz", "Israel Katz", "Ann", "Ann Lee", "Lee", "AL", "the", "’s"])), st.randoms())
def test_every_mention_belongs_to_one_entity(names: list[str], random: object) -> None:
    text, found = "", []
    for name in names:
        found.append((len(text), len(text) + len(name), "Person"))
        text += name + " "
    made = cluster(text, found)  # type: ignore[arg-type]
    assert sorted(m.span for e in made for m in e.mentions) == sorted((s, e) for s, e, _ in found)
