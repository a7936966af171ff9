import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.ids import article_id, claim_id, entity_id, relation_id, target_id

# Lone surrogates too: an id must not fail on the text that it names.
texts = st.text(st.characters(), max_size=40)


@given(texts, texts, texts)
def test_an_id_is_a_prefix_and_24_characters(a: str, b: str, c: str) -> None:
    ids = {
        "art": article_id(url=a, headline=b, body=c),
        "ent": entity_id(a, "Person"),
        "clm": claim_id(a, content=b, source=c, cue="", occurrence=0),
        "tgt": target_id(a),
        "rel": relation_id(a, b),
    }
    for prefix, made in ids.items():
        assert re.fullmatch(rf"{prefix}_[a-z2-7]{{24}}", made)


def test_ids_stay_the_same_between_versions() -> None:
    assert article_id(url="https://example.org/a", headline=None, body="") == "art_3zcnn4jusvdlap5v4decceon"
    assert claim_id("art_1", content="no", source="he", cue="said", occurrence=0) == "clm_fiysnxo52tmtvrm5ozmnblvy"


@given(texts, texts)
def test_an_article_with_a_url_keeps_its_id_when_corrected(body: str, corrected: str) -> None:
    url = "https://example.org/a"
    assert article_id(url=url, headline="h", body=body) == article_id(url=f" {url}\n", headline=None, body=corrected)


@given(texts, texts)
def test_without_a_url_the_content_counts(one: str, other: str) -> None:
    same = article_id(url=None, headline="h", body=one) == article_id(url="", headline="h", body=other)
    assert same == (one == other)


@given(texts, texts)
def test_where_a_part_ends_matters(left: str, right: str) -> None:
    moved = claim_id("a", content=left + right, source="", cue="", occurrence=0)
    assert (moved == claim_id("a", content=left, source=right, cue="", occurrence=0)) == (right == "")


def test_repeated_claims_differ() -> None:
    made = {claim_id("a", content="no", source="he", cue="said", occurrence=n) for n in range(3)}
    assert len(made) == 3


def test_entities_and_targets_are_named_up_to_case_width_and_space() -> None:
    assert entity_id("Imran  Khan", "Person") == entity_id("ＩＭＲＡＮ KHAN", "Person")
    assert entity_id("Jordan", "Person") != entity_id("Jordan", "Location")
    assert target_id("A ceasefire is close") == target_id(" a ceasefire is\nclose ")


@given(texts, texts)
def test_a_relation_has_no_direction(one: str, other: str) -> None:
    assert relation_id(one, other) == relation_id(other, one)
