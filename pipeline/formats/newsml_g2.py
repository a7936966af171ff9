"""NewsML-G2: news items, alone or several in a news message; their text in NITF, XHTML or plain.

Packages, pictures, planning, concepts and the rest hold no article: each is skipped under its own name.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from pipeline.errors import ArticleRefused, ArticleTooLarge
from pipeline.formats import bylines, dates, language_tags, markup, nitf
from pipeline.formats.building import INDEFINITELY, WITHDRAWN, Fields, article, item_name, withdrawal
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source
from pipeline.formats.xml_reading import XML_LANG, attribute, child, children, words
from pipeline.formats.xml_text import Parsed, parsed, root_name
from pipeline.settings import LimitsSettings

NAME = "newsml-g2"

_NAMESPACE = "http://iptc.org/std/nar/"
# Root elements, and those of parts of an item that travel alone, with the reason for which each is skipped.
_OTHERS = {
    "packageitem": "package",
    "groupset": "package",
    "conceptitem": "concept",
    "knowledgeitem": "concept",
    "conceptset": "concept",
    "planningitem": "planning",
    "newscoverageset": "planning",
    "catalogitem": "catalog",
    "catalog": "catalog",
    "contentmeta": "no-text",
    "itemmeta": "no-text",
    "hophistory": "no-text",
}
_ROOTS = frozenset({"newsmessage", "newsitem", "contentset", *_OTHERS})
_TEXTS = frozenset({"html", "body", "div", "article", "section", "p", "block", "body.content"})


def sniff(head: str) -> bool:
    """Whether the root element is one of NewsML-G2's."""
    name = (root_name(head) or "").lower()
    return name in _ROOTS and (
        _NAMESPACE in head or "<newsItem" in head or name in ("contentset", "groupset", "contentmeta")
    )


def decode(source: Source) -> Iterator[Outcome]:
    """One outcome for each item of the document. Refusals of items are given, so that the others go on."""
    document = parsed(source.read(), source.charset, source.limits)
    root = document.root
    items = [root]
    if markup.local_name(root) == "newsmessage":
        items = [item for items in children(root, "itemSet") for item in items.iterchildren(etree.Element)]
    if len(items) > source.limits.max_items:
        raise ArticleTooLarge(len(items), source.limits.max_items, "items")
    for number, item in enumerate(items, 1):
        given = attribute(item, "guid")
        name = item_name(given, number) if given or item is not root else None
        try:
            yield _outcome(item, name, document, source.limits)
        except ArticleRefused as refused:
            yield refused


def _outcome(item: etree._Element, name: int | str | None, document: Parsed, limits: LimitsSettings) -> Outcome:
    kind = markup.local_name(item)
    if kind in _OTHERS:
        return Skipped(name, _OTHERS[kind], f"<{etree.QName(item).localname}>")
    fields = _fields(item)
    if fields.status in WITHDRAWN:
        return withdrawal(fields, name)
    item_class = _code(child(item, "itemMeta", "itemClass")) or "text"
    if not fields.body and not (item_class == "text" and fields.headline and _is_empty(child(item, "contentSet"))):
        reason = "package" if item_class == "composite" else "no-text" if item_class == "text" else item_class
        return Skipped(name, reason, f"a news item of the class {item_class} without a text of its own")
    return article(fields, limits, format=NAME, item=name, encoding=document.encoding, fault=document.fault)


def _fields(item: etree._Element) -> Fields:
    item_meta, content_meta = child(item, "itemMeta"), child(item, "contentMeta")
    inner = _content(item if markup.local_name(item) == "contentset" else child(item, "contentSet"))
    created = dates.parsed(words(child(item_meta, "versionCreated")))
    by = words(child(content_meta, "by"))
    return Fields(
        id=attribute(item, "guid"),
        url=_url(item_meta, item),
        publisher=_publisher(item),
        headline=_main(children(content_meta, "headline"), "hld:main") or inner.headline,
        authors=_creators(content_meta) or bylines.authors(by) or inner.authors,
        published_at=dates.parsed(words(child(item_meta, "firstCreated"))) or created or inner.published_at,
        updated_at=created,
        embargoed_until=_embargo(item_meta),
        body=inner.body,
        language=_language(item, content_meta) or inner.language,
        revision=nitf.number(attribute(item, "version")),
        rights=_rights(item) or inner.rights,
        status=(_code(child(item_meta, "pubStatus")) or "").lower() or None,
        more=_more(item, item_meta, content_meta, by) | {f"content_{key}": value for key, value in inner.more.items()},
    )


def _content(content_set: etree._Element | None) -> Fields:
    """The first content that has a text; other renditions say the same."""
    for content in content_set if content_set is not None else ():
        name = markup.local_name(content)
        found = _inline_xml(content) if name == "inlinexml" else _inline_data(content) if name == "inlinedata" else None
        if found is not None and found.body:
            return found
    return Fields()


def _is_empty(content_set: etree._Element | None) -> bool:
    """Whether there is no content at all, as in a flash, which is its headline: tables of results are content."""
    contents = list(content_set) if content_set is not None else []
    return not any(len(content) or (content.text or "").strip() or content.get("href") for content in contents)


def _inline_xml(content: etree._Element) -> Fields:
    inner = next(content.iterchildren(etree.Element), None)
    if inner is None:
        return Fields(body=markup.plain_paragraphs(content.text or ""))
    if markup.local_name(inner) == "nitf":
        return nitf.story(inner)
    if markup.local_name(inner) not in _TEXTS:
        return Fields()  # SportsML, EventsML: tables of facts, no running text
    return Fields(body=markup.text_of(content), language=language_tags.standard(inner.get(XML_LANG)))


def _inline_data(content: etree._Element) -> Fields:
    text = "".join(content.itertext())
    media_type = (attribute(content, "contenttype") or "text/plain").partition(";")[0].lower()
    if attribute(content, "encoding"):
        text = _unpacked(text)
    if "html" in media_type:
        return Fields(body=markup.html_text(text))
    return Fields(body=markup.plain_paragraphs(text)) if media_type.startswith("text/") else Fields()


def _unpacked(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _main(elements: Iterator[etree._Element], role: str) -> str | None:
    """The words of the element with the main role, else of the first without a role, else of the first."""
    found = [element for element in elements if words(element)]
    ranked = sorted(found, key=lambda element: (element.get("role") != role, element.get("role") is not None))
    return words(ranked[0]) if ranked else None


def _code(element: etree._Element | None) -> str | None:
    """The code of a concept: "usable" of `stat:usable`, or the end of its URI."""
    if code := attribute(element, "qcode"):
        return code.partition(":")[2] or code
    uri = attribute(element, "uri")
    return uri.rstrip("/").rpartition("/")[2] if uri else attribute(element, "literal")


def _named(element: etree._Element | None) -> str | None:
    return words(child(element, "name")) if element is not None else None


def _publisher(item: etree._Element) -> str | None:
    provider = child(item, "itemMeta", "provider")
    holder = child(item, "rightsInfo", "copyrightHolder")
    host = urlsplit(attribute(provider, "uri") or "").hostname
    return (
        _named(provider)
        or _named(holder)
        or _named(child(item, "contentMeta", "infoSource"))
        or attribute(provider, "literal")
        or (host.removeprefix("www.") if host else _code(provider))
    )


def _creators(content_meta: etree._Element | None) -> tuple[str, ...]:
    return tuple(name for creator in children(content_meta, "creator") if (name := _named(creator)))


def _language(item: etree._Element, content_meta: etree._Element | None) -> str | None:
    tag = attribute(child(content_meta, "language"), "tag") or attribute(item, XML_LANG)
    return language_tags.standard(tag)


def _embargo(item_meta: etree._Element | None) -> Any:
    embargoed = child(item_meta, "embargoed")
    if embargoed is None:
        return None
    # An empty element is an embargo without an end, as is one whose end cannot be read: better late than too early.
    return dates.parsed(words(embargoed)) or INDEFINITELY


def _rights(item: etree._Element) -> str | None:
    info = child(item, "rightsInfo")
    notice, terms = words(child(info, "copyrightNotice")), words(child(info, "usageTerms"))
    return " ".join(filter(None, (notice, terms))) or _named(child(info, "copyrightHolder"))


def _url(item_meta: etree._Element | None, item: etree._Element) -> str | None:
    links = children(item_meta, "link")
    canonical = next((attribute(link, "href") for link in links if (link.get("rel") or "").endswith("canonical")), None)
    guid = attribute(item, "guid") or ""
    return canonical or (guid if guid.startswith(("http://", "https://")) else None)


def _more(
    item: etree._Element, item_meta: etree._Element | None, content_meta: etree._Element | None, by: str | None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "byline": by,
        "slugline": words(child(content_meta, "slugline")),
        "dateline": words(child(content_meta, "dateline")),
        "creditline": words(child(content_meta, "creditline")),
        "title": words(child(item_meta, "title")),
        "editorial_note": words(child(item_meta, "edNote")),
        "urgency": words(child(content_meta, "urgency")),
        "profile": words(child(item_meta, "profile")),
        "content_created": words(child(content_meta, "contentCreated")),
        "content_modified": words(child(content_meta, "contentModified")),
        "provider": attribute(child(item_meta, "provider"), "qcode"),
        "info_source": _named(child(content_meta, "infoSource")),
        "located": _named(child(content_meta, "located")),
        "summary": _main(children(content_meta, "description"), "drol:summary"),
        "signals": [code for signal in children(item_meta, "signal") if (code := _code(signal))],
        "services": [told for service in children(item_meta, "service") if (told := _named(service) or _code(service))],
        "keywords": [told for keyword in children(content_meta, "keyword") if (told := words(keyword))],
        "genres": [told for genre in children(content_meta, "genre") if (told := _named(genre) or _code(genre))],
        "subjects": list(filter(None, map(_concept, children(content_meta, "subject")))),
    }
    return {name: value for name, value in found.items() if value}


def _concept(element: etree._Element) -> dict[str, str]:
    told = {"code": attribute(element, "qcode") or attribute(element, "uri"), "name": _named(element)}
    return {name: value for name, value in told.items() if value}
