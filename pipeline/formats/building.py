"""The last step of every format: fields as found to an Article that the wire can carry."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from pipeline import ids
from pipeline.errors import ArticleTooLarge, EmptyArticle
from pipeline.formats.encoding import Decoded, visible
from pipeline.formats.language_detection import settled
from pipeline.formats.outcome import Outcome, Skipped, Withdrawal
from pipeline.records import Article
from pipeline.settings import LimitsSettings

INDEFINITELY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The end of an embargo that has none: until a later revision lifts it."""

WITHDRAWN = frozenset({"canceled", "cancelled", "withheld", "withdrawn", "killed", "kill"})
"""Publication statuses, in lower case, that take an article back: NewsML-G2's, and what older wires called it."""

_DEFAULT_REVISION = 1
# Characters. Claims cite headline, publisher and url: each of them may repeat these a hundred times.
_MAX_HEADLINE = 2_000
_MAX_NAME = 500
_MAX_URL = 4_000
_MAX_ID = 1_000
_MAX_AUTHORS = 100
_MAX_ITEM = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What a format found, before anything is derived or checked.

    `revision`: the number, where the format has one. `updated_at`: when this revision was made; it stands in for a
    missing number, as seconds since 1970. `status`: as the format names it ("usable", "canceled"). `more`: what else
    the format said, under its own names.
    """

    id: str | None = None
    url: str | None = None
    publisher: str | None = None
    headline: str | None = None
    authors: Sequence[str] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    embargoed_until: datetime | None = None
    body: str = ""
    language: str | None = None
    revision: int | None = None
    rights: str | None = None
    status: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def article(
    fields: Fields,
    limits: LimitsSettings,
    *,
    format: str | None = None,
    item: int | str | None = None,
    encoding: Decoded | None = None,
    fault: str | None = None,
    trust_language: bool = True,
) -> Article:
    """The article of `fields`.

    `format`: the name under which `fields.more` goes into `extra`, and a body does not begin with its own headline;
    None: `more` is `extra` itself, and the body stays as it came. `encoding`: how the bytes were read; said in `extra`
    where it was not as declared. `fault`: what was wrong with the markup. `trust_language`: see
    `language_detection.settled`. Raises EmptyArticle and ArticleTooLarge.
    """
    headline = visible(fields.headline or "")
    headline = headline if headline.strip() else ""
    body = visible(fields.body)
    if len(headline) > _MAX_HEADLINE:
        # Every claim cites the headline. As the beginning of the body it leaves the text as it is.
        headline, body = "", "\n\n".join(filter(None, (headline, body)))
    if format is not None:
        body = _without_first(body, headline)
    if not _has_visible(headline) and not _has_visible(body):
        raise EmptyArticle(item=item)
    size = len(headline) + len(body)
    if size > limits.max_text_chars:
        raise ArticleTooLarge(size, limits.max_text_chars, "characters", item=item)
    url = _url(fields.url)
    found = Article(
        id=_id(fields.id) or ids.article_id(url=url, headline=headline or None, body=body),
        url=url,
        publisher=_name(fields.publisher),
        headline=headline or None,
        authors=tuple(filter(None, map(_name, fields.authors[:_MAX_AUTHORS]))),
        published_at=fields.published_at,
        body=body,
        language=fields.language,
        revision=_revision(fields),
        extra=bounded(_extra(fields, format, encoding, fault), limits.max_extra_bytes),
    )
    return settled(found, trust=trust_language)


def withdrawal(fields: Fields, item: int | str | None = None) -> Outcome:
    """The withdrawal of the article of `fields`; a skip where nothing says which article that is."""
    url = _url(fields.url)
    id = _id(fields.id) or (ids.article_id(url=url, headline=None, body="") if url else None)  # noqa: A001
    if id is None:
        return Skipped(item, "withdrawn", "it names neither the id nor the url of the article")
    return Withdrawal(id, item, fields.revision)


def label(value: str | None) -> str | None:
    """One line without controls, for what goes into keys, headers and logs; None where nothing is left.

    Controls include those that turn the direction of writing: a name must not reorder the line that it stands in.
    """
    if value is None:
        return None
    kept = "".join(" " if char.isspace() else char for char in value if char.isspace() or _is_plain(char))
    return " ".join(kept.split()) or None


def item_name(given: str | None, number: int) -> int | str:
    """How reports name an item: by what it calls itself, cut to a length that fits a header; else by its number."""
    return (label(given) or "")[:_MAX_ITEM] or number


def identifier(value: str) -> str | None:
    """The id of an article that is called `value` elsewhere, as every format makes it; None where nothing is left."""
    return _id(value)


def _id(value: str | None) -> str | None:
    """An id as it is, where a Kafka key may be as long; else one made of it."""
    given = label(value)
    return given if given is None or len(given) <= _MAX_ID else ids.article_id(url=given, headline=None, body="")


def _url(value: str | None) -> str | None:
    given = label(value)
    return given if given and len(given) <= _MAX_URL else None


def _name(value: str | None) -> str | None:
    return (label(value) or "")[:_MAX_NAME] or None


def _is_plain(char: str) -> bool:
    # Cs and Cc are surrogates and controls; of Cf only the marks, embeddings and isolates of direction.
    return unicodedata.category(char) not in ("Cc", "Cs") and char not in _DIRECTION


_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def bounded(extra: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """`extra` in at most `limit` bytes of JSON; the names of what did not fit are its "dropped"."""
    if len(_json(extra)) <= limit:
        return dict(extra)
    kept: dict[str, Any] = {}
    dropped: list[str] = []
    room = limit
    for name, value in extra.items():
        size = len(_json({name: value}))
        if size > room and isinstance(value, Mapping):
            inner = bounded(value, max(0, room - len(name)))
            value, size = inner, len(_json({name: inner}))
        if size <= room:
            kept[name] = value
            room -= size
        else:
            dropped.append(name[:100])
    return {**kept, "dropped": dropped[:100]} if dropped else kept


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)


def _without_first(body: str, headline: str) -> str:
    """`body` without a first line that only repeats the headline, as pages and some agencies' bodies have it."""
    line, _, rest = body.partition("\n")
    return rest.lstrip() if headline and line.casefold().split() == headline.casefold().split() else body


def _has_visible(text: str) -> bool:
    return any(unicodedata.category(char)[0] not in "ZC" for char in text)


def _revision(fields: Fields) -> int:
    if fields.revision is not None:
        return max(_DEFAULT_REVISION, fields.revision)
    return max(_DEFAULT_REVISION, int(fields.updated_at.timestamp())) if fields.updated_at else _DEFAULT_REVISION


def _extra(fields: Fields, format: str | None, encoding: Decoded | None, fault: str | None) -> dict[str, Any]:
    common = {
        "rights": fields.rights,
        "status": fields.status,
        "updated_at": fields.updated_at,
        "embargoed_until": fields.embargoed_until,
        "malformed": fault,
    }
    extra = {name: _value(value) for name, value in common.items() if value is not None}
    if encoding and encoding.declared:
        extra["encoding"] = {"declared": encoding.declared, "used": encoding.encoding}
    more = {str(name): _value(value) for name, value in fields.more.items()}
    return {**extra, **more} if format is None else {**extra, **({format: more} if more else {})}


def _value(value: Any) -> Any:
    """`value` as JSON values that any consumer may read."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, datetime):
        return _json(value)[1:-1].decode()
    if isinstance(value, Mapping):
        return {visible(str(name)): _value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_value(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else visible(str(value))
