"""IPTC 7901 and ANPA 1312, the wires of the teleprinter: control characters around a header and a text.

SOH, header, STX, text, ETX, trailer, EOT; one message after the other. Agencies filled the text each in its own way:
only what all of them share is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.errors import ArticleRefused, ArticleTooLarge
from pipeline.formats import bylines, markup, plain_text
from pipeline.formats.building import Fields, article, item_name
from pipeline.formats.encoding import Decoded, decoded
from pipeline.formats.outcome import Outcome, Skipped
from pipeline.formats.source import Source
from pipeline.settings import LimitsSettings

NAME = "iptc-7901"

_START = re.compile(r"[\x16\x00\r\n ]*\x01[^\x02\x03]{1,400}\x02")
_MESSAGE = re.compile(r"\x01([^\x01-\x04]*+)\x02([^\x01\x03\x04]*+)")
# Source and number, priority, category, count of words: "EXA0017 4 I 75 …".
_HEADER = re.compile(r"\s*(?P<source>[A-Za-z]{2,6})(?P<number>\d{1,5})\s+(?P<priority>\d)\s+(?P<category>[A-Z]{1,3})\b")
# ANPA's own marks: "^" before and "<" behind a line that is a headline or a name of the story.
_MARKED = re.compile(r"\^([^\n<^]*+)<?+[ \t]*+(?:\n|\Z)")
_BYLINE = re.compile(r"\s*(By [^\n]{3,100})\n")


def sniff(head: str) -> bool:
    """Whether this begins with a message's header, from SOH to STX."""
    return _START.match(head) is not None


def decode(source: Source) -> Iterator[Outcome]:
    """Each message of the wire."""
    found = decoded(source.read(), source.charset)
    messages = _MESSAGE.findall(found.text)
    if len(messages) > source.limits.max_items:
        raise ArticleTooLarge(len(messages), source.limits.max_items, "items")
    for number, (header, text) in enumerate(messages, 1):
        try:
            yield _outcome(header, text, number, source.limits, found)
        except ArticleRefused as refused:
            yield refused


def _outcome(header: str, text: str, number: int, limits: LimitsSettings, encoding: Decoded) -> Outcome:
    told = _HEADER.match(header)
    item = item_name(told["source"] + told["number"] if told else None, number)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    marked = [markup.one_line(line) for line in _MARKED.findall(text)]
    headline = next((line for line in marked if line and not line.lower().startswith("bc-")), None)
    body = markup.plain_paragraphs(_MARKED.sub("", text).replace("<\n", "\n"))
    byline = _BYLINE.match(body + "\n")
    if headline is None:
        headline, body = _first_line(body)
        byline = _BYLINE.match(body + "\n")
    if byline:
        body = body[byline.end() :].strip()
    if not headline and not body:
        return Skipped(item, "no-text", "a message without a text")
    more = {
        "header": markup.one_line(header),
        "byline": byline[1] if byline else None,
        **({name: told[name] for name in ("number", "priority", "category")} if told else {}),
    }
    fields = Fields(
        publisher=told["source"] if told else None,
        headline=headline,
        authors=bylines.authors(byline[1]) if byline else (),
        body=body,
        more={name: value for name, value in more.items() if value},
    )
    return article(fields, limits, format=NAME, item=item, encoding=encoding)


def _first_line(body: str) -> tuple[str | None, str]:
    """The first line as a headline, where it reads like one: as in plain text, with any kind of break behind it."""
    line, _, rest = body.partition("\n")
    headline, _ = plain_text.split(f"{line}\n\n{rest.lstrip()}")
    return (headline, rest.lstrip()) if headline else (None, body)
