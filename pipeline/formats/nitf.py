"""NITF 3.x, the News Industry Text Format: one story per document, alone or inside NewsML-G2 and ninjs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lxml import etree

from pipeline.formats import bylines, dates, language_tags
from pipeline.formats.building import INDEFINITELY, WITHDRAWN, Fields, article, withdrawal
from pipeline.formats.markup import text_of
from pipeline.formats.outcome import Outcome
from pipeline.formats.source import Source
from pipeline.formats.xml_reading import XML_LANG, attribute, child, children, descendants, first, words
from pipeline.formats.xml_text import parsed, root_name

NAME = "nitf"


def sniff(head: str) -> bool:
    """Whether the root element is that of NITF."""
    return root_name(head) == "nitf"


def decode(source: Source) -> Iterator[Outcome]:
    """The one story of the document."""
    document = parsed(source.read(), source.charset, source.limits)
    fields = story(document.root)
    if fields.status in WITHDRAWN:
        yield withdrawal(fields)
        return
    yield article(fields, source.limits, format=NAME, encoding=document.encoding, fault=document.fault)


def story(root: etree._Element) -> Fields:
    """What the tree of a NITF document says. Elements that are missing are None: inside other formats most are."""
    docdata = child(root, "head", "docdata")
    body_head = child(root, "body", "body.head")
    pubdata = child(root, "head", "pubdata")
    byline = _byline(body_head)
    holder = attribute(child(docdata, "doc.copyright"), "holder")
    release = dates.parsed(attribute(child(docdata, "date.release"), "norm"))
    status = attribute(docdata, "management-status")
    issued = dates.parsed(attribute(child(docdata, "date.issue"), "norm"))
    return Fields(
        id=attribute(child(docdata, "doc-id"), "id-string") or attribute(root, "uno"),
        url=attribute(pubdata, "ex-ref"),
        publisher=words(child(body_head, "distributor")) or attribute(pubdata, "name") or holder,
        headline=_headline(root, body_head),
        authors=bylines.authors(byline),
        published_at=issued or release or dates.parsed(attribute(pubdata, "date.publication")),
        embargoed_until=_embargo(status, release, issued),
        body=_body(root),
        language=language_tags.standard(root.get(XML_LANG) or _body_language(root)),
        revision=number(attribute(child(docdata, "du-key"), "version")),
        rights=_rights(docdata, body_head, holder),
        status=status.lower() if status else None,
        more=_more(root, docdata, body_head, byline),
    )


def _headline(root: etree._Element, body_head: etree._Element | None) -> str | None:
    hedline = child(body_head, "hedline")
    return words(child(hedline, "hl1")) or words(hedline) or words(child(root, "head", "title"))


def _byline(body_head: etree._Element | None) -> str | None:
    return "; ".join(filter(None, map(words, children(body_head, "byline")))) or None


def _body(root: etree._Element) -> str:
    content = list(descendants(root, "body.content"))
    return "\n\n".join(filter(None, map(text_of, content)))


def _body_language(root: etree._Element) -> str | None:
    return attribute(child(root, "body"), XML_LANG) or attribute(first(root, "body.content"), XML_LANG)


def _rights(docdata: etree._Element | None, body_head: etree._Element | None, holder: str | None) -> str | None:
    year = attribute(child(docdata, "doc.copyright"), "year")
    told = words(child(body_head, "rights")) or attribute(child(docdata, "doc.rights"), "owner")
    return told or (f"© {year[:4]} {holder}" if holder and year else holder)


def _embargo(status: str | None, release: datetime | None, issued: datetime | None) -> datetime | None:
    if (status or "").lower() == "embargoed":
        return release or INDEFINITELY
    return release if release and issued and release > issued else None


def number(text: str | None) -> int | None:
    """A revision's number; None for what is none."""
    # Longer numbers are no revision, and no consumer's integer holds them.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 15 else None


def _more(
    root: etree._Element, docdata: etree._Element | None, body_head: etree._Element | None, byline: str | None
) -> dict[str, Any]:
    keywords = [attribute(keyword, "key") for keyword in children(child(docdata, "key-list"), "keyword")]
    found = {
        "byline": byline,
        "subheadline": words(child(body_head, "hedline", "hl2")),
        "abstract": words(child(body_head, "abstract")),
        "dateline": words(child(body_head, "dateline")),
        "slugline": attribute(child(docdata, "fixture"), "fix-id") or attribute(child(docdata, "du-key"), "key"),
        "editorial_note": attribute(child(docdata, "ed-msg"), "info"),
        "urgency": attribute(child(docdata, "urgency"), "ed-urg"),
        "expires": attribute(child(docdata, "date.expire"), "norm"),
        "series": attribute(child(docdata, "series"), "series.name"),
        "subjects": [
            told
            for subject in descendants(root, "tobject.subject")
            if (told := attribute(subject, "tobject.subject.matter") or attribute(subject, "tobject.subject.type"))
        ],
        "keywords": [keyword for keyword in keywords if keyword],
        "meta": {
            name: content
            for meta in children(child(root, "head"), "meta")
            if (name := attribute(meta, "name")) and (content := attribute(meta, "content"))
        },
    }
    return {name: value for name, value in found.items() if value}
