"""Marked-up text to plain text: paragraphs apart, everything that is no running text left out.

Serves HTML, XHTML and NITF: their block elements have different names and do not clash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import lxml.html
from lxml import etree

from pipeline.errors import ArticleTooDeep
from pipeline.formats.encoding import visible
from pipeline.formats.mojibake import undone

HTML_DEPTH = 256  # levels that libxml2 accepts

_HTML_BLOCKS = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figure footer form
h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol option p plaintext pre section summary
table tbody tfoot thead tr ul xmp
"""
_NITF_BLOCKS = """
abstract block bq body.content body.end body.head byline credit dateline distributor hedline hl1 hl2 note rights
series tagline
"""
_BLOCKS = frozenset(_HTML_BLOCKS.split() + _NITF_BLOCKS.split())
_LINE_BREAKS = frozenset({"br"})
_CELLS = frozenset({"td", "th"})
_HIDDEN = """
applet audio button canvas embed figcaption figure head iframe input map math media noframes noscript object picture
script select style svg template textarea title video media-caption media-metadata media-producer media-reference
"""
_NO_TEXT = frozenset(_HIDDEN.split())
_START = 1000  # characters within which a whole document shows itself
PARAGRAPH, _LINE = "\u2029", "\u2028"
"""Unicode's own separators: they stand for breaks until white space is settled."""
_SPACES = re.compile("[ \t\n\r\f\v\u00a0]+")
_BLANK_LINES = re.compile("\n{3,}")
_COLUMN = (40, 90)  # characters
_MIN_BROKEN = 3  # lines; two of one length are chance
_BREAKS = re.compile(f" ?[{PARAGRAPH}{_LINE}][ {PARAGRAPH}{_LINE}]*")
# Invisible inside words, where they part what a reader sees as one: zero-width spaces, soft hyphens, joined BOMs.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
# Controls, but for those that are white space. The later ones are nearly always Windows-1252 that was read as Latin 1.
_CONTROLS = {
    **dict.fromkeys(code for code in range(32) if chr(code) not in "\t\n\v\f\r"),
    0x7F: None,
    **{code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)},
}


def text_of(element: etree._Element, without: frozenset[str] = frozenset()) -> str:
    """The running text below `element`: paragraphs parted by a blank line, forced breaks by a newline.

    `without`: local names of further elements to leave out, with all that they hold.
    """
    return spaced("".join(_pieces(element, without)))


def html_text(markup: str) -> str:
    """The running text of a piece of HTML, well-formed or not. Raises ArticleTooDeep."""
    element = fragment(markup)
    return "" if element is None else text_of(element)


def fragment(markup: str) -> etree._Element | None:
    """The tree of a piece of HTML; None where it holds nothing. Raises ArticleTooDeep."""
    if not markup.strip():
        return None
    parser = lxml.html.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    # Inside a div, bare text and several elements side by side are a document too; a document inside one is none.
    whole = re.search("<(?:html|body)[ >]", markup[:_START], re.IGNORECASE)
    data = (visible(markup) if whole else f"<html><body><div>{visible(markup)}</div></body></html>").encode()
    try:
        root = lxml.html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    # The parser stops there and keeps what it has: half an article.
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        raise ArticleTooDeep(HTML_DEPTH)
    return root


def plain_paragraphs(text: str) -> str:
    """Text that came without markup, line ends made one kind, invisible characters taken out.

    Lines that were broken to fill a column, as old wires do, are joined again. Other single newlines stay: whether they
    part lines or paragraphs, only the sender knows.
    """
    lines = [_SPACES.sub(" ", line).rstrip() for line in cleaned(text).splitlines()]
    return _BLANK_LINES.sub("\n\n", _joined(lines)).strip()


def _joined(lines: list[str]) -> str:
    """`lines`, those of a paragraph in one where they all but fill a column. An indented line begins a paragraph."""
    if not _fills_a_column(lines):
        return "\n".join(line.strip() for line in lines)
    text: list[str] = []
    for line in lines:
        if not line:
            text.append("\n\n")
        elif line.startswith(" "):
            text.append("\n\n" + line.strip())
        else:
            text.append((" " if text and not text[-1].endswith("\n") else "") + line)
    return "".join(text)


def _fills_a_column(lines: list[str]) -> bool:
    """Whether lines that another one follows are nearly as long as the longest, and that is a column's width."""
    width = max(map(len, lines), default=0)
    if not _COLUMN[0] <= width <= _COLUMN[1]:
        return False
    followed = [len(line) for line, after in pairwise(lines) if line and after and not after.startswith(" ")]
    return len(followed) >= _MIN_BROKEN and sum(length >= 0.75 * width for length in followed) >= 0.8 * len(followed)


def one_line(text: str | None) -> str | None:
    """`text` as a headline: on one line; None where nothing is left."""
    return " ".join(cleaned(text or "").split()) or None


def cleaned(text: str) -> str:
    """`text` without what nobody sees: controls, zero-width spaces, soft hyphens. Marks of direction stay.

    Text that went through a wrong encoding on its way is put right again.
    """
    return _INVISIBLE.sub("", undone(visible(text)).translate(_CONTROLS))


def spaced(text: str) -> str:
    """`text` with white space as a browser would show it, and the two separators of Unicode as real breaks."""
    flowing = _SPACES.sub(" ", cleaned(text))
    return _BREAKS.sub(lambda found: "\n\n" if _is_paragraph(found[0]) else "\n", flowing).strip()


def _is_paragraph(breaks: str) -> bool:
    # An empty line made of two forced breaks parts paragraphs too.
    return PARAGRAPH in breaks or breaks.count(_LINE) > 1


def _pieces(root: etree._Element, without: frozenset[str]) -> Iterator[str]:
    skipped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if skipped is None:
                yield _tail(element, root)
            continue
        name = local_name(element)
        if event == "start":
            if skipped is None and element is not root and (name in _NO_TEXT or name in without):
                skipped = element
            if skipped is None and name == "pre":
                yield _preformatted(element)
                skipped = element
            elif skipped is None:
                yield _before(name)
                yield element.text or ""
            continue
        if skipped is element:
            skipped = None
            yield PARAGRAPH if name in _BLOCKS else ""
        elif skipped is None:
            yield _after(name)
        if skipped is None:
            yield _tail(element, root)


def _preformatted(element: etree._Element) -> str:
    text = plain_paragraphs("".join(element.itertext(etree.Element)))
    return PARAGRAPH + text.replace("\n\n", PARAGRAPH).replace("\n", _LINE)


def local_name(element: etree._Element) -> str:
    """The element's name in lower case without its namespace; "" for an entity."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _before(name: str) -> str:
    return PARAGRAPH if name in _BLOCKS else " " if name in _CELLS else ""


def _after(name: str) -> str:
    return PARAGRAPH if name in _BLOCKS else _LINE if name in _LINE_BREAKS else " " if name in _CELLS else ""


def _tail(element: etree._Element, root: etree._Element) -> str:
    return "" if element is root else element.tail or ""
