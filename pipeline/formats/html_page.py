"""HTML pages: the story by trafilatura, without navigation and advertising; metadata as the page declares it."""

from __future__ import annotations

import copy
import html
import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import lxml.html
from lxml import etree

from pipeline.errors import ArticleTooDeep, ArticleTooLarge
from pipeline.formats import bylines, dates, language_tags, markup, page_metadata
from pipeline.formats.building import Fields, article
from pipeline.formats.encoding import decoded, visible
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.page_metadata import PageMetadata
from pipeline.formats.source import Source
from pipeline.formats.xml_text import root_name
from pipeline.settings import LimitsSettings

NAME = "html"

_CHARSET = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]+)", re.IGNORECASE)
_CHARSET_WITHIN = 4096  # bytes; browsers look at 1,024, pages do not always keep to it
_SIGNS = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|article|section|div|p|h1|span|br)\b",
    re.I | re.S,
)
# trafilatura's own names for what it kept, in its TEI-like tree, to those that `markup` knows.
_NAMES = {"head": "h2", "lb": "br", "quote": "blockquote", "list": "ul", "item": "li", "row": "tr", "cell": "td"}
_SHORT = 250  # characters of text below which a second way is tried, as trafilatura itself does
_FAR_MORE = 4  # times
_FURNITURE = frozenset({"nav", "header", "footer", "aside", "form", "menu"})
_PUBLISHED = (
    "article:published_time",
    "datepublished",
    "pubdate",
    "publishdate",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "date",
    "sailthru.date",
    "parsely-pub-date",
    "publication_date",
)
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")
_KEPT = {
    "description": ("og:description", "description"),
    "section": ("article:section",),
    "keywords": ("news_keywords", "keywords"),
    "image": ("og:image",),
}


def sniff(head: str) -> bool:
    """Whether this begins like a page, or like a piece of one."""
    return root_name(head) == "html" or _SIGNS.match(head) is not None


def decode(source: Source) -> Iterator[Outcome]:
    """The one article of the page."""
    yield page(source.read(), source.limits, charset=source.charset, url=source.url)


def page(
    data: bytes, limits: LimitsSettings, *, charset: str | None, url: str | None, item: int | str | None = None
) -> Outcome:
    """The article of a page that was found at `url`; a skip where it has no text. Raises ArticleRefused."""
    found = decoded(data, charset, _declared(data))
    text = visible(found.text)
    if (tags := text.count("<")) > limits.max_page_tags:
        raise ArticleTooLarge(tags, limits.max_page_tags, "tags", item=item)
    root = _tree(text, item)
    if root is None:
        return Skipped(item, "no-text", "a page without any content")
    metadata = page_metadata.read(root, url)
    body = _body(root, metadata.canonical)
    fields = _fields(metadata, body, root)
    if not fields.body:
        return Skipped(item, "no-text", "a page without running text")
    return article(fields, limits, format=NAME, item=item, encoding=found, trust_language=False)


def _declared(data: bytes) -> str | None:
    match = _CHARSET.search(data[:_CHARSET_WITHIN])
    return match[1].decode("ascii") if match else None


def _tree(text: str, item: int | str | None) -> etree._Element | None:
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_pis=True)
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        raise ArticleTooDeep(markup.HTML_DEPTH, item=item)
    return root


def _body(root: Any, url: str | None) -> str:
    text = _extracted(root, url, rescue=False)
    if len(text) >= _SHORT:
        return text
    # Little text: either a short story, or one in a place where none is expected. The rescue takes all that there is,
    # without its paragraphs; it is worth that only where it finds far more.
    rescued = _extracted(root, url, rescue=True)
    if len(rescued) > _FAR_MORE * max(len(text), 1):
        text = rescued
    return text or markup.text_of(root, _FURNITURE)


def _extracted(root: Any, url: str | None, *, rescue: bool) -> str:
    # 0.7 s of imports, which only pages need.
    from trafilatura import bare_extraction

    # It warns of every page without a text; that is ours to tell.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

    # Without its fall-backs: one takes time by the square of a page's paragraphs, for 1 % of accuracy.
    found = bare_extraction(
        copy.deepcopy(root),  # it takes the tree apart
        url=url,
        fast=True,
        include_comments=False,
        with_metadata=False,
        config=_config(_SHORT if rescue else 0),
    )
    kept = getattr(found, "body", None)
    if kept is None:
        return ""
    for element in kept.iter(*_NAMES):
        element.tag = _NAMES[element.tag]
    for element in kept.iter():
        # What the rescue found stands in one paragraph, line by line.
        if element.text and "\n" in element.text and rescue:
            element.text = element.text.replace("\n", markup.PARAGRAPH)
    return markup.text_of(kept)


@cache
def _config(min_extracted: int) -> Any:
    from trafilatura.settings import DEFAULT_CONFIG

    config = copy.deepcopy(DEFAULT_CONFIG)
    config.set("DEFAULT", "min_extracted_size", str(min_extracted))
    return config


def _fields(page: PageMetadata, body: str, root: etree._Element) -> Fields:
    updated = dates.parsed(page.linked("dateModified")) or dates.parsed(page.told(*_MODIFIED))
    published = dates.parsed(page.linked("datePublished")) or dates.parsed(page.told(*_PUBLISHED)) or _time(root)
    byline = page.told("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl")
    return Fields(
        url=page.canonical,
        publisher=page.linked("publisher") or page.told("og:site_name", "application-name", "dc.publisher"),
        headline=_headline(page, root),
        authors=page.all_linked("author") or _people(byline),
        published_at=published or updated,
        updated_at=updated,
        body=body,
        language=_language(page),
        rights=page.linked("copyrightNotice", "license") or page.told("copyright", "dc.rights", "rights"),
        more=_more(page),
    )


def _headline(page: PageMetadata, root: etree._Element) -> str | None:
    headings = [text for heading in root.iter("h1") if (text := markup.one_line(markup.text_of(heading)))]
    told = page.linked("headline") or page.told("og:title", "twitter:title", "dc.title")
    title = markup.one_line(html.unescape(told)) if told else markup.one_line(page.title)
    # A page's title often has the site's name behind it; its only heading is what readers see.
    return headings[0] if len(headings) == 1 and (not told or (title and headings[0] in title)) else title


def _people(byline: str | None) -> tuple[str, ...]:
    # Open Graph wants the address of a profile here, which is no name.
    return () if byline and "://" in byline else bylines.authors(byline)


def _language(page: PageMetadata) -> str | None:
    told = (
        page.linked("inLanguage"),
        page.language,
        page.told("content-language", "language", "dc.language", "og:locale"),
    )
    return next(filter(None, map(language_tags.standard, told)), None)


def _time(root: etree._Element) -> Any:
    """The page's only time element with a machine-readable time: several may be anything."""
    times = {element.get("datetime") or "" for element in root.iter("time")}
    return dates.parsed(times.pop()) if len(times) == 1 else None


def _more(page: PageMetadata) -> dict[str, Any]:
    found = {name: page.told(*names) for name, names in _KEPT.items()}
    return {name: html.unescape(value) for name, value in found.items() if value}
