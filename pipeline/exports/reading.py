"""JSON lines to claims, with what is known of the article around each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from pipeline.errors import UndecodableRecord
from pipeline.records import AnnotatedArticle, Claim
from pipeline.wire.codec import decode


@dataclass(frozen=True, slots=True)
class Exportable:
    """A claim. `text` and `language`: those of its article, known only where the article was read with it."""

    claim: Claim
    text: str | None = None
    language: str | None = None


def exportables(lines: Iterable[bytes]) -> Iterator[Exportable | UndecodableRecord]:
    """The claims of JSON lines that are annotated articles or claims, in any mixture; empty lines are passed over.

    A line that is neither is yielded as an error, its number (from 1) as `item`, and the others go on.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = list(_of_line(line))
        except UndecodableRecord as error:
            error.item = number
            yield error
        else:
            yield from found


def _of_line(line: bytes) -> Iterator[Exportable]:
    if _is_article(line):
        article = decode(AnnotatedArticle, line)
        for claim in article.claims:
            yield Exportable(claim, article.text, article.language)
    else:
        yield Exportable(decode(Claim, line))


def _is_article(line: bytes) -> bool:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False  # what is wrong with it, decoding says
    return isinstance(value, dict) and "claims" in value
