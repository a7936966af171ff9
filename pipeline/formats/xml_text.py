"""XML as it arrives: any encoding, missing entities, stray characters; and what an attacker would send.

No DTD is ever loaded, no entity that a document defines itself reaches the parser, nothing is fetched.
"""

from __future__ import annotations

import html
import html.entities
import re
from dataclasses import dataclass

from lxml import etree

from pipeline.errors import ArticleTooDeep, ArticleTooLarge, UndecodableRecord, UnsafeMarkup
from pipeline.formats.encoding import REPLACEMENT, Decoded, decoded
from pipeline.settings import LimitsSettings

_DECLARATION = re.compile(r"<\?xml\b[^>]{0,1000}?\?>")
_DECLARED = re.compile(r"\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\b(?:[^<>\[\"']+|\"[^\"]*\"|'[^']*')*+(?:\[(.*?)\]\s*)?>", re.DOTALL | re.IGNORECASE)
_PLAIN = re.compile(r"(?:[^&<%]|&#[0-9]{1,7};|&#x[0-9a-fA-F]{1,6};)*+")
_ENTITY = re.compile(r"<!ENTITY\s+(\S+)\s+(?:\"([^\"]*)\"|'([^']*)')\s*>|<!ENTITY\b")
_ROOT = re.compile(r"<([^\s<>/!?&;\"'=]+)(?=[\s/>])([^>]*)")
# CDATA first: what looks like a reference there is none.
_REFERENCE = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|&([A-Za-z][\w.-]*);", re.DOTALL)
_STRAY = re.compile(
    r"(?P<cdata><!\[CDATA\[.*?(?:\]\]>|\Z))"
    r"|(?P<amp>&(?!#[0-9]+;|#x[0-9a-fA-F]+;|[A-Za-z][\w.-]*;))"
    r"|(?P<ref>&#(?:x(?P<hex>[0-9a-fA-F]+)|(?P<dec>[0-9]+));)"
    r"|(?P<less><(?![A-Za-z_:/!?\u0080-\U0010ffff]))",
    re.DOTALL,
)
# All that XML 1.0 forbids in a document.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})
_MAX_ENTITY = 100  # characters that a document's own entity may stand for
_LIBXML_DEPTH = 256


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document. `fault`: what had to be repaired before it could be read; None where it was well-formed."""

    root: etree._Element
    encoding: Decoded
    fault: str | None


def parsed(data: bytes, charset: str | None, limits: LimitsSettings) -> Parsed:
    """The document in `data`; `charset`: as the transport declared it.

    What senders often get wrong is repaired: HTML's entities without their DTD, a bare `&` or `<`, control characters,
    blanks before the declaration, tags that do not match. Raises UndecodableRecord (the line is named), UnsafeMarkup,
    ArticleTooDeep, ArticleTooLarge.
    """
    found = decoded(data, charset, declared_encoding(data))
    root, fault = _parse(without_entities(found.text), limits)
    return Parsed(root, found, fault)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the XML declaration names."""
    start = data[:1024].replace(b"\0", b"").decode("latin-1").lstrip("ÿþï»¿ \t\r\n")
    declaration = _DECLARATION.match(start)
    match = _DECLARED.search(declaration[0]) if declaration else None
    return match[1] if match else None


def root_name(head: str) -> str | None:
    """The local name of the first element; None where `head` is no XML."""
    match = _ROOT.match(head, _prolog_end(head))
    return match[1].rpartition(":")[2] if match else None


def without_entities(text: str) -> str:
    """`text` without declaration and DOCTYPE, each entity but XML's own five replaced by what it stands for.

    Raises UnsafeMarkup where the document defines entities out of files, addresses or other entities.
    """
    own: dict[str, str] = {}
    start = _prolog_end(text, own)
    body = text[start:]
    if "&" not in body:
        return body

    def character(match: re.Match[str]) -> str:
        name = match[1]
        if name is None or name in _PREDEFINED:
            return match[0]
        if name in own:
            return own[name]
        found = html.entities.html5.get(f"{name};")
        return match[0].replace("&", "&amp;") if found is None else _escaped(found)

    return _REFERENCE.sub(character, body)


def _prolog_end(text: str, entities: dict[str, str] | None = None) -> int:
    """Where the first element begins. Entities that a DOCTYPE on the way defines are put into `entities`."""
    at = 0
    while at < len(text):
        if match := _PROLOG.match(text, at):
            at = match.end()
        elif match := _DOCTYPE.match(text, at):
            if entities is not None:
                entities.update(_defined(match[1] or ""))
            at = match.end()
        else:
            break
    return at


def _defined(subset: str) -> dict[str, str]:
    """The entities of a DOCTYPE. Only plain characters are accepted: anything else is how documents attack parsers."""
    entities: dict[str, str] = {}
    for match in _ENTITY.finditer(subset):
        value = match[2] if match[2] is not None else match[3]
        if value is None or not _PLAIN.fullmatch(value) or len(value) > _MAX_ENTITY:
            raise UnsafeMarkup("it defines entities out of files, addresses or other entities")
        entities[match[1]] = _escaped(html.unescape(value))
    return entities


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _parse(text: str, limits: LimitsSettings) -> tuple[etree._Element, str | None]:
    tags = text.count("<") + text.count("&")
    if tags > limits.max_tags:
        raise ArticleTooLarge(tags, limits.max_tags, "tags")
    fault = None
    try:
        root = _read(text)
    except etree.XMLSyntaxError as error:
        fault = _told(error)
        root = _despite_faults(_repaired(text))
    if _is_deeper(root, limits.max_depth):
        raise ArticleTooDeep(limits.max_depth)
    return root, fault


def _despite_faults(text: str) -> etree._Element:
    """The tree of a document whose tags do not match; not of one that ends too early, or holds another behind it: half
    of the stories is none."""
    try:
        return _read(text)
    except etree.XMLSyntaxError as error:
        fault = error
    # Where tags do not match the parser says that the end came early, too: whether it did, the last tag tells.
    root = _read(text, recover=True) if _is_whole(text) and "Extra content" not in (fault.msg or "") else None
    if root is None:
        raise UndecodableRecord("XML", _told(fault))
    return root


def _is_whole(text: str) -> bool:
    root = _ROOT.match(text, _prolog_end(text))
    return root is not None and text.endswith(f"</{root[1]}>")


def _read(text: str, *, recover: bool = False) -> etree._Element:
    """The tree of `text`. Raises ArticleTooDeep, and XMLSyntaxError where it is not well-formed."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        _refuse_depth(parser)
        raise
    _refuse_depth(parser)
    return root


def _refuse_depth(parser: etree.XMLParser) -> None:
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        raise ArticleTooDeep(_LIBXML_DEPTH) from None


def _repaired(text: str) -> str:
    # Behind the last tag come what old systems end files with, NUL and SUB.
    return _STRAY.sub(_mended, _ILLEGAL.sub(REPLACEMENT, text.rstrip("\0\x1a \t\r\n")))


def _mended(match: re.Match[str]) -> str:
    if match["cdata"]:
        return match[0]
    if match["amp"]:
        return "&amp;"
    if match["less"]:
        return "&lt;"
    digits = match["hex"] or match["dec"]
    code = int(digits, 16 if match["hex"] else 10) if len(digits) <= 8 else -1
    legal = 0 <= code <= 0x10FFFF and not _ILLEGAL.match(chr(code))
    return match[0] if legal else REPLACEMENT


def _told(error: etree.XMLSyntaxError) -> str:
    line, column = error.position
    message = re.sub(r",? line \d+, column \d+.*", "", error.msg or "no document").strip()
    # libxml2 quotes the names of tags, and those may be anything.
    return f"line {line}, column {column}: {message[:200]}"


def _is_deeper(root: etree._Element, limit: int) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limit:
            return True
    return False
