"""Plain text: a story as it stands, with or without a headline.

The headline is the first line where that line is set off from the rest: by a rule under it (`-----`, `=====`), blank
lines around the rule or not; or by one blank line, where it reads like a headline: short, shorter than what follows,
no full stop. In that second case `Article.text` still is the input, character for character.
"""

import re
from collections.abc import Iterator

from pipeline.formats.building import Fields, article
from pipeline.formats.encoding import decoded, visible
from pipeline.formats.outcome import Outcome
from pipeline.formats.signatures import is_binary
from pipeline.formats.source import Source
from pipeline.formats.xml_text import root_name

_MAX_HEADLINE = 200  # characters; the longest of the 8,295 headlines in two news collections has 186
_RULE = re.compile(r"[ \t]*(?:-{3,}|={3,}|_{3,}|\*{3,}|—{3,}|─{3,})[ \t]*\r?")
_VISIBLE = re.compile(r"\S")
_NO_HEADLINE_END = ".!:;,"
# Only what binary data holds: the rest of C0 is found in text, and ESC in what terminals wrote.
_WITHOUT_BINARY = {code: None for code in range(32) if chr(code) not in "\t\n\v\f\r\x1b"}


def decode(source: Source) -> Iterator[Outcome]:
    """The one article of the text."""
    found = decoded(source.read(), source.charset)
    headline, body = split(visible(found.text))
    yield article(Fields(headline=headline, body=body, url=source.url), source.limits, encoding=found)


def split(text: str) -> tuple[str | None, str]:
    """Headline and body of `text`; None and `text` itself where no headline is set off."""
    start, first, end = _next_line(text, 0)
    headline = first.strip()
    if not headline or len(headline) > _MAX_HEADLINE:
        return None, text
    below, second, after = _next_line(text, end)
    if _RULE.fullmatch(second):
        return headline, text[_next_line(text, after)[0] :].rstrip()
    # Here text is kept to the last character: only the plainest form, "headline\n\nbody", is taken apart.
    body = text[below:]
    plain = start == 0 and first == headline and text.startswith("\n\n", len(headline)) and below == end + 1
    if plain and len(headline) <= len(body) and headline[-1] not in _NO_HEADLINE_END and not second[0].isspace():
        return headline, body
    return None, text


def _next_line(text: str, start: int) -> tuple[int, str, int]:
    """The first line from `start` on that is not blank: where it begins, its content, where the next one begins."""
    visible = _VISIBLE.search(text, start)
    if visible is None:
        return len(text), "", len(text)
    begin = max(start, text.rfind("\n", start, visible.start()) + 1)
    end = text.find("\n", visible.start())
    end = len(text) if end < 0 else end
    return begin, text[begin:end], min(end + 1, len(text))


def sniff(head: str) -> bool:
    """Whether this reads like text at all: no markup, and of 100 characters at most one that only binary data holds."""
    if is_binary(head) or root_name(head):
        return False
    return len(head.translate(_WITHOUT_BINARY)) * 100 >= len(head) * 99
