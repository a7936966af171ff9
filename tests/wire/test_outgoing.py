from dataclasses import replace

import pytest

from pipeline.records import AnnotatedArticle, Claim, EntityRecord
from pipeline.topics import CLAIMS
from pipeline.wire.codec import decode
from pipeline.wire.headers import header
from pipeline.wire.outgoing import Destination, outputs, tombstone
from pipeline.wire.partition import partition_for
from tests.samples import ANNOTATED, CLAIM, ORIGIN

DESTINATION = Destination("t.", {"t.articles.annotated": 4, "t.entities": 7, "t.claims": 5})
FRESH = replace(ANNOTATED, claims=(replace(CLAIM, origin=None),))


def test_an_article_becomes_itself_its_entities_and_its_claims() -> None:
    article, entity, claim = outputs(FRESH, origin=ORIGIN, destination=DESTINATION)
    assert article.value is not None
    assert entity.value is not None
    assert claim.value is not None
    assert decode(AnnotatedArticle, article.value) == ANNOTATED
    assert decode(Claim, claim.value) == CLAIM
    assert decode(EntityRecord, entity.value).origin == ORIGIN
    assert [(out.topic, out.key) for out in (article, entity, claim)] == [
        ("t.articles.annotated", b"art_1"),
        ("t.entities", b"art_1/ent_1"),
        ("t.claims", b"clm_1"),
    ]


def test_all_of_an_article_goes_where_its_id_belongs() -> None:
    for out in outputs(FRESH, origin=ORIGIN, destination=DESTINATION):
        assert out.partition == partition_for(b"art_1", DESTINATION.partitions[out.topic])


def test_the_same_record_gives_the_same_bytes_and_another_revision_another_event() -> None:
    first = outputs(FRESH, origin=ORIGIN, destination=DESTINATION)
    assert outputs(FRESH, origin=ORIGIN, destination=DESTINATION) == first
    second = outputs(replace(FRESH, revision=2), origin=ORIGIN, destination=DESTINATION)
    assert [out.key for out in second] == [out.key for out in first]
    assert not {header(out.headers, "ce_id") for out in first} & {header(out.headers, "ce_id") for out in second}


def test_a_run_writes_to_topics_of_its_own() -> None:
    destination = Destination("t.", {"t.articles.annotated.may": 1, "t.entities.may": 1, "t.claims.may": 1}, run="may")
    assert {out.topic for out in outputs(FRESH, origin=ORIGIN, destination=destination)} == set(destination.partitions)


def test_a_tombstone_meets_the_claim_that_it_withdraws() -> None:
    *_, claim = outputs(FRESH, origin=ORIGIN, destination=DESTINATION)
    assert claim.key is not None
    gone = tombstone(CLAIMS, claim.key, article=FRESH.id, destination=DESTINATION)
    assert (gone.topic, gone.key, gone.partition, gone.value) == (claim.topic, claim.key, claim.partition, None)


def test_a_topic_of_unknown_width_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"t\.claims"):
        outputs(FRESH, origin=ORIGIN, destination=Destination("t.", {"t.articles.annotated": 4, "t.entities": 7}))
