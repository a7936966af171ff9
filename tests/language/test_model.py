"""The shipped weights on whole stories."""

import json
from pathlib import Path

import pytest

from pipeline.language import Model
from pipeline.records import AnnotatedArticle, Article, Claim
from tests.conftest import REPOSITORY

# (words of the source, its name or None where any will do, words of the content)
SEED = [
    ("a Hamas official", None, "There is no progress yet"),
    ("Israeli official", None, "nothing dramatic"),
    ("he", "Israel Katz", "We have reached a critical point in the negotiations"),
    ("John Kirby", "John Kirby", "Now it’s going to be up to Hamas to come through"),
    ("Palestinian officials", None, "More than 33,000 Palestinians have been killed"),
    ("Israel’s army", None, "more than 600 of its soldiers have been killed"),
    ("he", "Imran Khan", "a ceasefire framework"),
    ("Two Egyptian security sources", None, "some progress had been made"),
    ("Al-Qahera News", None, "some progress had been made"),
    ("he", "Luciano Zaccara", "the government is aware of the mounting pressure"),
    ("Benjamin Netanyahu", "Benjamin Netanyahu", "a date has been set"),
]


def named(claim: Claim, words: str) -> bool:
    return words in claim.source.text or (claim.source.name is not None and words in claim.source.name)


@pytest.fixture(scope="module")
def seed(model: Model, shared: Path) -> AnnotatedArticle:
    headline, _, body = (shared / "data/news/seed_article.txt").read_text().partition("\n\n-----\n\n")
    (annotated,) = model.annotate([Article(id="seed", headline=headline, body=body, language="en")])
    return annotated


@pytest.mark.parametrize(("source", "name", "content"), SEED)
def test_the_seed_story_says_who_says_what(seed: AnnotatedArticle, source: str, name: str | None, content: str) -> None:
    fitting = [c for c in seed.claims if content in c.content.text and named(c, source)]
    assert fitting
    if name:
        assert name in {c.source.name for c in fitting}


def test_the_seed_story_gives_many_claims_and_no_invented_name(seed: AnnotatedArticle) -> None:
    assert len(seed.claims) >= 20
    for claim in seed.claims:
        if claim.source.kind == "person" and claim.source.name:
            assert claim.source.name in seed.text


@pytest.mark.parametrize(
    "nothing",
    [
        "asked not to be named",
        "Israel and Hamas sent teams to Egypt on Sunday",
        "The country is under global pressure",
        "when it would be",
    ],
)
def test_what_attributes_nothing_is_no_claim(seed: AnnotatedArticle, nothing: str) -> None:
    assert not [c for c in seed.claims if nothing in c.content.text and c.source.text]


def test_examples_have_their_speakers(model: Model) -> None:
    text = (REPOSITORY / "examples/12-market-fire.txt").read_text()
    headline, _, body = text.partition("\n\n-----\n\n")
    (annotated,) = model.annotate([Article(id="fire", headline=headline, body=body)])
    said = {(c.source.name, c.content.text.rstrip(".,")) for c in annotated.claims}
    assert ("Amina Thorne", "Ten years of leaflets") in said
    assert any(name == "Dario Vance" and "two men were seen running" in content for name, content in said)
    assert any(name == "Oskar Brill" and "every safety rule" in content for name, content in said)


def test_an_article_is_annotated_alike_alone_and_among_others(model: Model) -> None:
    articles = [Article(id=str(n), headline="Talks", body=f"“No {n},” said Helga Varnum. " * (n + 1)) for n in range(4)]
    assert model.annotate(articles) == [model.annotate([a])[0] for a in articles]


@pytest.mark.parametrize(
    "body", ["x", "“”", "\x00", "\u202e\u2066", "a" * 5000, "“" * 3000, "said " * 3000, "漢字。" * 500]
)
def test_odd_texts_are_annotated_without_a_fuss(model: Model, body: str) -> None:
    (annotated,) = model.annotate([Article(id="odd", body=body)])
    assert annotated.text == body
    for claim in annotated.claims:
        for start, end in claim.content.spans:
            assert 0 <= start < end <= len(body)


def test_a_text_without_a_word_has_no_annotations(model: Model) -> None:
    (annotated,) = model.annotate([Article(id="blank", body=" \n\u200b ")])
    assert not annotated.claims
    assert not annotated.entities


def test_a_wire_story_has_no_dateline_in_it_and_an_article_alone_is_nobody(model: Model) -> None:
    story = json.loads((REPOSITORY / "examples/04-ferry-wire.json").read_text())
    (annotated,) = model.annotate([Article(id="wire", headline=story["headline"], body=story["body"])])
    assert {"PORT SORREL", "Nordhaven Lines"} <= {m.text for e in annotated.entities for m in e.mentions}
    assert any(c.content.text.startswith("Nordhaven Lines and the Harbour") for c in annotated.claims)
    assert not {c.source.text.casefold() for c in annotated.claims} & {"a", "an", "the"}
