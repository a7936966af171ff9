import dataclasses

from pipeline.language.aboutness import SALIENT, about, subjects
from pipeline.records import Entity, EntityRef, Mention
from tests.samples import ANNOTATED, CLAIM, HAMAS


def entity(name: str, *starts: int, type: str = "Person") -> Entity:
    return Entity(f"ent_{name}", name, type, tuple(Mention(name, (s, s + len(name))) for s in starts))  # type: ignore[arg-type]


def test_the_headline_weighs_more_than_the_body() -> None:
    often, once = entity("Often", 100, 200), entity("Once", 0)
    article = dataclasses.replace(ANNOTATED, headline="Once upon", entities=(often, once))
    assert [ref.name for ref in subjects(article)] == ["Once", "Often"]


def test_dates_and_money_are_nothing_to_be_about() -> None:
    article = dataclasses.replace(ANNOTATED, entities=(entity("Monday", 0, type="Date"), entity("$5", 9, type="Money")))
    assert subjects(article) == ()


def test_a_few_at_most() -> None:
    article = dataclasses.replace(ANNOTATED, entities=tuple(entity(f"E{n}", 100 + 9 * n) for n in range(20)))
    assert [ref.name for ref in subjects(article)] == [f"E{n}" for n in range(SALIENT)]


def test_a_claim_is_about_what_it_names_first() -> None:
    other = EntityRef("ent_9", "Cairo", "Location")
    assert about(CLAIM, (other, HAMAS)) == (HAMAS, other)
