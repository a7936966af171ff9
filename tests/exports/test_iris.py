import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, URIRef

from pipeline.exports.iris import article_iri, claim_iri, is_web_address
from pipeline.records import ArticleRef


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://sorrelcourier.example/news/1?a=b#c", True),
        ("http://sorrelcourier.example/närin", True),
        ("javascript:alert(1)", False),
        ("/news/1", False),
        ("https://", False),
        ("https://[", False),
        ("https://a.example/two words", False),
        ("https://a.example/\u2028", False),
        ('https://a.example/"><script>', False),
    ],
)
def test_web_addresses(url: str, is_one: bool) -> None:
    assert is_web_address(url) is is_one
    assert (article_iri(ArticleRef("art_1", url=url)) == url) is is_one


@given(st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.text(st.characters(exclude_categories=["Cs"])))
def test_whatever_an_article_says_its_name_can_be_written(id: str, url: str | None) -> None:
    for iri in (claim_iri(id), article_iri(ArticleRef(id, url=url))):
        graph = Graph()
        graph.add((URIRef(iri), URIRef("urn:p"), URIRef("urn:o")))
        assert set(Graph().parse(data=graph.serialize(format="nt"), format="nt")) == set(graph)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_different_ids_have_different_names(one: str, other: str) -> None:
    assert (claim_iri(one) == claim_iri(other)) == (one == other)
