from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, Graph, Literal

from pipeline.exports import Exportable
from pipeline.exports.schema_org import CONTEXT, schema_org_claim
from pipeline.records import EntityRef
from tests.exports.ontology import kinds, term, triples, types_of, vocabulary
from tests.exports.samples import CLAIM, FOUND

BASE = "http://schema.org/"
DOMAIN, RANGE = term(BASE, "domainIncludes"), term(BASE, "rangeIncludes")
DATA_TYPES = {term(BASE, name) for name in ("Text", "URL", "Date", "DateTime")}


@pytest.fixture(scope="module")
def schema(npm_packages: Path) -> Graph:
    return vocabulary(npm_packages, "schema")


def problems(document: dict[str, Any], schema: Graph) -> list[str]:
    """What in a document is not as schema.org's own vocabulary has it."""
    graph = triples(document, {"@vocab": BASE})
    found = [
        f"no class {kind}" for kind in graph.objects(None, RDF.type) if not any(schema.triples((kind, None, None)))
    ]
    for subject, predicate, value in graph:
        if predicate == RDF.type:
            continue
        domains, ranges = set(schema.objects(predicate, DOMAIN)), set(schema.objects(predicate, RANGE))
        if not domains:
            found.append(f"no property {predicate}")
        elif not types_of(graph, subject, schema) & domains:
            found.append(f"{predicate} is none of {subject}")
        elif isinstance(value, Literal):
            if not ranges & DATA_TYPES:
                found.append(f"{predicate} takes no literal")
        elif not types_of(graph, value, schema) & ranges:
            found.append(f"{predicate} does not take {value}")
    return found


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND.keys())
def test_it_is_as_the_vocabulary_has_it(found: Exportable, schema: Graph) -> None:
    assert problems(schema_org_claim(found), schema) == []


@pytest.mark.parametrize(
    "change",
    [
        {"author": {"@type": "Place", "name": "Port Sorrel"}},
        {"stance": "against"},
        {"@type": "Klaim"},
        {"appearance": "an article"},
        {"@type": "Person"},
    ],
)
def test_and_the_check_would_object(change: dict[str, Any], schema: Graph) -> None:
    assert problems({**schema_org_claim(FOUND["in its article"]), **change}, schema)


def test_a_claim_is_a_creative_work(schema: Graph) -> None:
    assert term(BASE, "CreativeWork") in kinds(schema, term(BASE, "Claim"))


def test_who_what_and_where() -> None:
    written = schema_org_claim(FOUND["in its article"])
    assert written["@context"] == CONTEXT
    assert written["text"] == CLAIM.content.text
    assert written["author"] == {"@type": "Person", "name": "Tomas Brandeis"}
    assert written["inLanguage"] == "en"
    assert written["appearance"]["@id"] == written["firstAppearance"]["@id"] == CLAIM.article.url
    assert written["appearance"]["datePublished"] == "2026-03-02T07:40:00Z"
    assert written["about"] == [{"@type": "Organization", "name": "Nordhaven Lines"}]


@pytest.mark.parametrize(
    ("name", "author", "credit"),
    [
        ("organisation", {"@type": "Organization", "name": "Nordhaven Lines"}, "Tomas Brandeis"),
        ("unnamed", None, "officials"),  # of whom nobody knows whether they are one or many
        ("nobody", None, None),
        ("document", None, "Tomas Brandeis"),
    ],
)
def test_only_a_named_source_is_an_author(name: str, author: object, credit: str | None) -> None:
    written = schema_org_claim(FOUND[name])
    assert written.get("author") == author
    assert written.get("creditText") == credit


def test_who_denies_it_is_no_author_of_it() -> None:
    written = schema_org_claim(Exportable(replace(CLAIM, content=replace(CLAIM.content, denied=True))))
    assert not written.keys() & {"author", "creditText"}
    assert written["disambiguatingDescription"] == "denied by Tomas Brandeis"


def test_a_url_that_is_none_does_not_become_an_address() -> None:
    article = schema_org_claim(FOUND["homeless"])["appearance"]
    assert article["@id"] == "tag:claimwire.example,2026:article/a%20b%2F%C3%BC"
    assert "url" not in article
    assert "publisher" not in article


def test_a_claim_is_not_about_a_day() -> None:
    friday, tern = EntityRef("ent_1", "Friday", "Date"), EntityRef("ent_2", "Great Tern", "Location")
    assert schema_org_claim(Exportable(replace(CLAIM, entities=(friday, tern))))["about"] == [
        {"@type": "Place", "name": "Great Tern"}
    ]
    assert "about" not in schema_org_claim(Exportable(replace(CLAIM, entities=(friday,))))
