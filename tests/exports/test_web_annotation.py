from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, RDFS, Graph, Literal

from pipeline.exports import Exportable
from pipeline.exports.web_annotation import CONTEXT, web_annotation
from pipeline.records import Content
from tests.exports.ontology import kinds, term, triples, types_of, vocabulary
from tests.exports.samples import ANNOTATED, CLAIM, FOUND, SPLIT

OA = "http://www.w3.org/ns/oa#"
# Of the Web Annotation context, what claimwire writes: https://www.w3.org/TR/annotation-vocab/#json-ld-context
TERMS: dict[str, Any] = {
    "oa": OA,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "id": "@id",
    "type": "@type",
    **{name: f"oa:{name}" for name in ("Annotation", "TextualBody", "SpecificResource")},
    **{name: f"oa:{name}" for name in ("TextPositionSelector", "TextQuoteSelector")},
    **{name: {"@id": f"oa:{name}", "@type": "@id"} for name in ("describing", "identifying", "tagging", "classifying")},
    "motivation": {"@id": "oa:motivatedBy", "@type": "@vocab"},
    "purpose": {"@id": "oa:hasPurpose", "@type": "@vocab"},
    "body": {"@id": "oa:hasBody", "@type": "@id"},
    "target": {"@id": "oa:hasTarget", "@type": "@id"},
    "source": {"@id": "oa:hasSource", "@type": "@id"},
    "selector": {"@id": "oa:hasSelector", "@type": "@id"},
    "exact": "oa:exact",
    "prefix": "oa:prefix",
    "suffix": "oa:suffix",
    "start": {"@id": "oa:start", "@type": "xsd:nonNegativeInteger"},
    "end": {"@id": "oa:end", "@type": "xsd:nonNegativeInteger"},
    "Software": "https://www.w3.org/ns/activitystreams#Application",
    "generator": {"@id": "https://www.w3.org/ns/activitystreams#generator", "@type": "@id"},
    "name": "http://xmlns.com/foaf/0.1/name",
    "value": "http://www.w3.org/1999/02/22-rdf-syntax-ns#value",
    "format": "http://purl.org/dc/elements/1.1/format",
    "language": "http://purl.org/dc/elements/1.1/language",
}


@pytest.fixture(scope="module")
def ontology(npm_packages: Path) -> Graph:
    return vocabulary(npm_packages, "oa")


def problems(document: dict[str, Any], ontology: Graph) -> list[str]:
    """What in a document is not as the Web Annotation ontology has it."""
    graph = triples(document, TERMS)
    found = [f"not in the context: {name}" for name in sorted(_names(document) - TERMS.keys() - {"@context"})]
    for subject, predicate, value in graph:
        if predicate == RDF.type:
            if str(value).startswith(OA) and not any(ontology.triples((value, None, None))):
                found.append(f"no class {value}")
            continue
        if not str(predicate).startswith(OA):
            continue
        if not any(ontology.triples((predicate, None, None))):
            found.append(f"no property {predicate}")
        domains, ranges = set(ontology.objects(predicate, RDFS.domain)), set(ontology.objects(predicate, RDFS.range))
        if domains and not types_of(graph, subject, ontology) & domains:
            found.append(f"{predicate} is none of {subject}")
        in_ontology = {kind for kind in ranges if str(kind).startswith(OA)}
        kinds_of_value = types_of(graph, value, ontology) | types_of(ontology, value, ontology)
        if in_ontology and (isinstance(value, Literal) or not kinds_of_value & in_ontology):
            found.append(f"{predicate} does not take {value}")
    (annotation,) = graph.subjects(RDF.type, term(OA, "Annotation"))
    # "There must be 1 or more target relationships": https://www.w3.org/TR/annotation-model/#annotations
    if not any(graph.objects(annotation, term(OA, "hasTarget"))):
        found.append("no target")
    return found


def _names(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for entry in value for name in _names(entry)}
    if not isinstance(value, dict):
        return set()
    return set(value) | {name for entry in value.values() for name in _names(entry)}


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND.keys())
def test_it_is_as_the_ontology_has_it(found: Exportable, ontology: Graph) -> None:
    assert problems(web_annotation(found), ontology) == []


@pytest.mark.parametrize(
    "change",
    [
        {"target": []},
        {"motivation": "Annotation"},
        {"colour": "red"},
        {"selector": {"type": "TextQuoteSelector"}},
        {"target": [{"type": "SpecificResource", "selector": {"type": "TextualBody"}}]},
    ],
)
def test_and_the_check_would_object(change: dict[str, Any], ontology: Graph) -> None:
    assert problems({**web_annotation(FOUND["in its article"]), **change}, ontology)


def test_selectors_are_selectors(ontology: Graph) -> None:
    for name in ("TextPositionSelector", "TextQuoteSelector"):
        assert term(OA, "Selector") in kinds(ontology, term(OA, name))


def test_who_what_and_where() -> None:
    written = web_annotation(FOUND["in its article"])
    assert written["@context"] == CONTEXT
    (target,) = written["target"]
    assert target["source"] == CLAIM.article.url
    position, quote = target["selector"]
    ((start, end),) = CLAIM.content.spans
    assert (position["start"], position["end"]) == (start, end)
    assert quote["exact"] == CLAIM.content.text
    assert quote["prefix"].endswith("“")
    assert quote["suffix"].startswith(",” Tomas")
    assert [body["purpose"] for body in written["body"]] == ["describing", "identifying", "tagging", "classifying"]
    assert written["body"][0]["value"] == f"Tomas Brandeis: {CLAIM.content.text}"
    assert written["body"][0]["language"] == "en"


def test_a_split_quotation_has_a_target_for_each_part() -> None:
    assert [target["selector"][1]["exact"] for target in web_annotation(Exportable(SPLIT))["target"]] == [
        "No progress",
        "disagree over",
    ]


def test_rather_no_quotation_than_a_wrong_one() -> None:
    joined_otherwise = replace(SPLIT, content=replace(SPLIT.content, text="No progress, disagree over"))
    for target in web_annotation(Exportable(joined_otherwise))["target"]:
        assert [selector["type"] for selector in target["selector"]] == ["TextPositionSelector"]


def test_what_is_denied_is_not_what_was_said() -> None:
    written = web_annotation(Exportable(replace(CLAIM, content=replace(CLAIM.content, denied=True))))
    assert written["body"][0]["value"] == f"Tomas Brandeis: denied: {CLAIM.content.text}"


def test_nobody_is_not_named() -> None:
    written = web_annotation(FOUND["nobody"])
    assert [body["purpose"] for body in written["body"]] == ["describing"]
    assert written["body"][0]["value"] == CLAIM.content.text


@given(st.data())
def test_quotations_are_the_words_at_their_position(data: st.DataObject) -> None:
    text = data.draw(st.text(min_size=1, max_size=200))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    claim = replace(CLAIM, content=Content(text[start:end], ((start, end),), "direct"))
    (target,) = web_annotation(Exportable(claim, text))["target"]
    _, *quotes = target["selector"]
    assert bool(quotes) == (start < end)
    for quote in quotes:
        assert quote["exact"] == text[start:end]
        assert text[: start + len(quote["exact"] + quote["suffix"])].endswith(
            quote["prefix"] + quote["exact"] + quote["suffix"]
        )


def test_the_annotation_of_the_whole_article() -> None:
    assert ANNOTATED.text[slice(*CLAIM.content.spans[0])] == CLAIM.content.text
