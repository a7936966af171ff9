"""Raw records to articles: what each record asks for, and what of it is refused."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from pipeline import formats
from pipeline.errors import ArticleRefused, NothingToWithdraw, UndecodableRecord
from pipeline.formats import Skipped, Withdrawal
from pipeline.formats.building import identifier
from pipeline.ids import article_id
from pipeline.records import AnnotatedArticle, Article
from pipeline.settings import LimitsSettings
from pipeline.wire import codec
from pipeline.wire.headers import CONTENT_TYPE, PROMOTED, header
from pipeline.wire.received import Received

Wish: TypeAlias = Article | AnnotatedArticle | Withdrawal
"""An article to be annotated, one that a replay run annotated and that is to stand now, or one to be withdrawn."""


@dataclass(slots=True)
class Decoded:
    """One record. `wishes`: articles to be annotated and withdrawn, in order. `skipped`: how many items, by reason."""

    record: Received
    wishes: list[Wish] = field(default_factory=list)
    refused: list[ArticleRefused] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def article_of(wish: Wish) -> str:
    """The id of the article that is to be annotated or withdrawn."""
    return wish.article_id if isinstance(wish, Withdrawal) else wish.id


def decode(record: Received, limits: LimitsSettings) -> Decoded:
    """What `record` holds. A null value withdraws the article that the key names."""
    decoded = Decoded(record)
    if record.value is None:
        try:
            decoded.wishes.append(Withdrawal(_key(record)))
        except NothingToWithdraw as refused:
            decoded.refused.append(refused)
        return decoded
    content_type = header(record.headers, CONTENT_TYPE)
    if content_type == PROMOTED:
        try:
            decoded.wishes.append(_promoted(record.value))
        except UndecodableRecord as refused:
            decoded.refused.append(refused)
        return decoded
    for outcome in formats.decode(record.value, content_type=content_type, limits=limits):
        match outcome:
            case Article() | Withdrawal():
                decoded.wishes.append(outcome)
            case Skipped():
                decoded.skipped[outcome.reason] += 1
            case ArticleRefused():
                decoded.refused.append(outcome)
    if record.key and len(decoded.wishes) == 1:
        decoded.wishes = [_named_by_key(decoded.wishes[0], record)]
    return decoded


def _promoted(value: bytes) -> AnnotatedArticle:
    annotated = codec.decode(AnnotatedArticle, value)
    if identifier(annotated.id) != annotated.id:
        raise UndecodableRecord("AnnotatedArticle", "id: not one that claimwire gives")
    return annotated


def _named_by_key(wish: Wish, record: Received) -> Wish:
    """An article that brings no id of its own has the one that its record's key says: so a null value can withdraw
    it."""
    if isinstance(wish, Article) and wish.id == article_id(url=wish.url, headline=wish.headline, body=wish.body):
        try:
            return replace(wish, id=_key(record))
        except NothingToWithdraw:
            return wish
    return wish


def _key(record: Received) -> str:
    try:
        key = identifier((record.key or b"").decode())
    except UnicodeDecodeError:
        raise NothingToWithdraw("the key is no UTF-8") from None
    if key is None:
        raise NothingToWithdraw
    return key
