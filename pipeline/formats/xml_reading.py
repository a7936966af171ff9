"""Finding things in a tree of XML by local name: agencies disagree about namespaces, and some use none."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from pipeline.formats.markup import local_name, one_line, text_of

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """The children called `name`."""
    return (child for child in (element if element is not None else ()) if local_name(child) == name.lower())


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first descendant along `path`, one name per level; None where a step leads nowhere."""
    for name in path:
        element = next(children(element, name), None)
    return element


def descendants(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Every element called `name` below `element`, in the order of the document."""
    return (inner for inner in element.iter(etree.Element) if local_name(inner) == name.lower())


def first(element: etree._Element, name: str) -> etree._Element | None:
    """The first element called `name` below `element`, at any depth."""
    return next(descendants(element, name), None)


def words(element: etree._Element | None) -> str | None:
    """All text inside `element` on one line; None where there is none."""
    return None if element is None else one_line(text_of(element))


def attribute(element: etree._Element | None, name: str) -> str | None:
    """An attribute, stripped; None where it is missing or blank."""
    return None if element is None else (element.get(name) or "").strip() or None
