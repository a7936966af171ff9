"""NewsML 1.0 to 1.2, the older NewsML, which archives and some agencies still have: each NewsItem an article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from pipeline.errors import ArticleRefused
from pipeline.formats import bylines, dates, language_tags, markup, nitf
from pipeline.formats.building import INDEFINITELY, WITHDRAWN, Fields, article, item_name, withdrawal
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source
from pipeline.formats.xml_reading import XML_LANG, attribute, child, children, descendants, first, words
from pipeline.formats.xml_text import Parsed, parsed, root_name
from pipeline.settings import LimitsSettings

NAME = "newsml-1"

_BODIES = frozenset({"main", "main text", "maintext", "body", "story", "text"})
# Roles of components whose texts are no story.
_SIDE = frozenset(
    {
        "headline",
        "subheadline",
        "caption",
        "contact",
        "stylesheet",
        "logo",
        "photo",
        "picture",
        "video",
        "teaser",
        "summary",
    }
)

# NewsML 1's media types under the names that the later formats have for them.
_KINDS = {"photo": "picture", "picture": "picture", "graphic": "graphic", "video": "video", "audio": "audio"}


def sniff(head: str) -> bool:
    """Whether the root element is that of NewsML 1."""
    return (root_name(head) or "").lower() == "newsml"


def decode(source: Source) -> Iterator[Outcome]:
    """One outcome for each news item of the document."""
    document = parsed(source.read(), source.charset, source.limits)
    for number, item in enumerate(children(document.root, "NewsItem"), 1):
        try:
            yield _outcome(item, number, document, source.limits)
        except ArticleRefused as refused:
            yield refused


def _outcome(item: etree._Element, number: int, document: Parsed, limits: LimitsSettings) -> Outcome:
    fields = _fields(item, document.root)
    name = item_name(fields.id, number)
    if fields.status in WITHDRAWN:
        return withdrawal(fields, name)
    if not fields.body:
        contents = {
            (attribute(child(content, "MediaType"), "FormalName") or "").lower()
            for content in descendants(item, "ContentItem")
        }
        kinds = {_KINDS[kind] for kind in contents if kind in _KINDS}
        return Skipped(name, kinds.pop() if len(kinds) == 1 else "no-text", "a news item without a text of its own")
    return article(fields, limits, format=NAME, item=name, encoding=document.encoding, fault=document.fault)


def _fields(item: etree._Element, root: etree._Element) -> Fields:
    identifier = child(item, "Identification", "NewsIdentifier")
    management = child(item, "NewsManagement")
    status = (_formal(child(management, "Status")) or "").lower()
    inner = _content(item)
    created = dates.parsed(words(child(management, "ThisRevisionCreated")))
    byline = words(first(item, "ByLine"))
    return Fields(
        id=_id(identifier),
        publisher=_provider(item, root),
        headline=words(first(item, "HeadLine")) or inner.headline,
        authors=bylines.authors(byline) or inner.authors,
        published_at=dates.parsed(words(child(management, "FirstCreated"))) or created,
        updated_at=created,
        embargoed_until=_embargo(management, status),
        body=inner.body,
        language=language_tags.standard(_formal(first(item, "Language")) or item.get(XML_LANG)) or inner.language,
        revision=nitf.number(words(child(identifier, "RevisionId"))),
        rights=words(first(item, "CopyrightLine")) or words(first(item, "RightsLine")),
        status=status or None,
        more=_more(item, management, byline),
    )


def _id(identifier: etree._Element | None) -> str | None:
    """The identifier without its revision: every revision of an item has the same id."""
    parts = [words(child(identifier, name)) for name in ("ProviderId", "DateId", "NewsItemId")]
    return ":".join(["urn:newsml", *(part for part in parts if part)]) if all(parts) else None


def _provider(item: etree._Element, root: etree._Element) -> str | None:
    party = child(first(item, "Provider"), "Party")
    sender = child(root, "NewsEnvelope", "SentFrom", "Party")
    return _formal(party) or _formal(sender) or words(child(item, "Identification", "NewsIdentifier", "ProviderId"))


def _formal(element: etree._Element | None) -> str | None:
    return attribute(element, "FormalName")


def _embargo(management: etree._Element | None, status: str) -> Any:
    will_change = child(management, "StatusWillChange")
    if status != "embargoed":
        return None
    return dates.parsed(words(child(will_change, "DateAndTime"))) or INDEFINITELY


def _content(item: etree._Element) -> Fields:
    """The content with the role of a body, else the longest one that plays no side role."""
    best = Fields()
    for data in descendants(item, "DataContent"):
        role = _role(data)
        if role in _SIDE or "css" in _media_type(data):
            continue
        found = _text(data)
        if role in _BODIES and found.body:
            return found
        best = max(best, found, key=lambda fields: len(fields.body))
    return best


def _role(data: etree._Element) -> str:
    for outer in data.iterancestors(etree.Element):
        if role := _formal(child(outer, "Role")):
            return role.lower()
        if markup.local_name(outer) == "newsitem":
            break
    return ""


def _media_type(data: etree._Element) -> str:
    return (_formal(child(data.getparent(), "MimeType")) or "").lower()


def _text(data: etree._Element) -> Fields:
    story = next((inner for inner in data.iter(etree.Element) if markup.local_name(inner) == "nitf"), None)
    if story is not None:
        return nitf.story(story)
    if len(data):
        return Fields(body=markup.text_of(data))
    text = data.text or ""
    return Fields(body=markup.html_text(text) if "html" in _media_type(data) else markup.plain_paragraphs(text))


def _more(item: etree._Element, management: etree._Element | None, byline: str | None) -> dict[str, Any]:
    found = {
        "byline": byline,
        "subheadline": words(first(item, "SubHeadLine")),
        "dateline": words(first(item, "DateLine")),
        "slugline": words(first(item, "SlugLine")),
        "urgency": _formal(child(management, "Urgency")),
        "genre": _formal(first(item, "Genre")),
        "public_identifier": words(child(item, "Identification", "NewsIdentifier", "PublicIdentifier")),
        "keywords": [told for line in descendants(item, "KeywordLine") if (told := words(line))],
    }
    return {name: value for name, value in found.items() if value}
