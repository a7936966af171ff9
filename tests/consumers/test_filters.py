from dataclasses import replace

import pytest

from pipeline.consumers.filters import Filters
from pipeline.errors import OptionsInvalid
from pipeline.records import AnnotatedArticle, Claim, EntityRecord, Record, Relation, Stance, Target
from tests.samples import ANNOTATED, CLAIM, RECORDS

STANCE, RELATION, ENTITY, TARGET = (
    next(record for record in RECORDS if isinstance(record, kind)) for kind in (Stance, Relation, EntityRecord, Target)
)


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        (Filters(), True),
        (Filters(source=("hamas OFFICIAL",)), True),
        (Filters(source=("a hamas",)), True),  # in the words, not in the name
        (Filters(source=("Fatah",)), False),
        (Filters(source=("Fatah", "official")), True),
        (Filters(entity=("hamas",)), True),
        (Filters(entity=("ent_1",)), True),
        (Filters(entity=("Ham",)), False),
        (Filters(entity=("Israel",)), False),  # the target of a stance, not an entity of this claim
        (Filters(publisher=("example  news",)), True),
        (Filters(publisher=("Example",)), False),
        (Filters(stance=("against",)), True),
        (Filters(stance=("favor",)), False),
        (Filters(stance=("favor", "against")), True),
        (Filters(target=("israel",)), True),
        (Filters(target=("ent_2",)), True),
        (Filters(target=("Hamas",)), False),
        (Filters(target=("Israel",), stance=("against",)), True),
        (Filters(target=("Israel",), stance=("favor",)), False),
        (Filters(entity=("Hamas",), stance=("against",)), False),  # the stance is toward Israel
        (Filters(source=("Hamas",), publisher=("Other News",)), False),
    ],
)
def test_claims(filters: Filters, passes: bool) -> None:
    assert filters.match(CLAIM) == passes


def test_a_stance_toward_an_entity_asked_for() -> None:
    about_israel = replace(CLAIM, entities=(*CLAIM.entities, replace(CLAIM.entities[0], id="ent_2", name="Israel")))
    assert Filters(entity=("Israel",), stance=("against",)).match(about_israel)
    assert not Filters(entity=("Israel",), stance=("favor",)).match(about_israel)


def test_a_source_without_a_name() -> None:
    nobody = replace(CLAIM, source=replace(CLAIM.source, text="", name=None, kind="none"))
    assert not Filters(source=("hamas",)).match(nobody)
    assert Filters().match(nobody)


@pytest.mark.parametrize(
    ("record", "filters"),
    [
        (ANNOTATED, Filters(source=("hamas",), entity=("Hamas",), stance=("against",), target=("Israel",))),
        (ANNOTATED, Filters(publisher=("Example News",))),
        (STANCE, Filters(source=("hamas",), stance=("against",), target=("ceasefire",))),
        (RELATION, Filters(source=("hamas",), entity=("Hamas",), publisher=("Example News",))),
        (ENTITY, Filters(entity=("Hamas",), publisher=("Example News",))),
        (TARGET, Filters(target=("ceasefire is",))),
    ],
)
def test_other_records(record: Record, filters: Filters) -> None:
    filters.check(type(record))
    assert filters.match(record)


@pytest.mark.parametrize(
    ("record", "filters"),
    [
        (ANNOTATED, Filters(source=("Fatah",))),
        (STANCE, Filters(stance=("favor",))),
        (RELATION, Filters(entity=("Israel",))),
        (ENTITY, Filters(entity=("Israel",))),
        (TARGET, Filters(target=("war",))),
    ],
)
def test_other_records_that_do_not_pass(record: Record, filters: Filters) -> None:
    assert not filters.match(record)


@pytest.mark.parametrize(
    ("type", "filters", "named"),
    [
        (EntityRecord, Filters(source=("x",)), "--source"),
        (Stance, Filters(entity=("x",)), "--entity"),
        (Relation, Filters(stance=("favor",)), "--stance"),
        (Target, Filters(publisher=("x",)), "--publisher"),
    ],
)
def test_a_filter_that_cannot_apply_is_an_error(type: type, filters: Filters, named: str) -> None:
    with pytest.raises(OptionsInvalid, match=named):
        filters.check(type)


@pytest.mark.parametrize("type", [Claim, AnnotatedArticle])
def test_every_filter_applies_to_claims_and_articles(type: type) -> None:
    Filters(("a",), ("b",), ("c",), ("favor",), ("d",)).check(type)
