"""Canonical JSON: the fields of an Article, as `claimwire decode` writes them.

`body` or `headline` is required, all else may be missing or null. Fields that an Article lacks go to its `extra`.
A JSON array holds several articles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from pipeline.errors import MissingKey, UndecodableRecord
from pipeline.formats import dates, language_tags
from pipeline.formats.building import Fields, article
from pipeline.formats.outcome import Outcome
from pipeline.records import Revision, Timestamp
from pipeline.settings import LimitsSettings

_MAX_PROBLEMS = 3  # that a message names


class _Canonical(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: str | None = None
    url: str | None = None
    publisher: str | None = None
    headline: str | None = None
    authors: tuple[str, ...] = ()
    published_at: Timestamp | None = None
    body: str = ""
    language: str | None = None
    revision: Revision = 1
    embargoed_until: Timestamp | None = None
    extra_: dict[str, JsonValue] = Field(default_factory=dict, alias="extra")

    @field_validator("authors", "body", "revision", "extra_", mode="before")
    @classmethod
    def _default(cls, value: Any, info: Any) -> Any:
        if value is None:
            return cls.model_fields[info.field_name].get_default(call_default_factory=True)
        return value

    @field_validator("id", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("authors", mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("published_at", "embargoed_until", mode="before")
    @classmethod
    def _time(cls, value: Any) -> Any:
        return None if value == "" else dates.parsed(value) or value


def decode_value(value: dict[str, Any], limits: LimitsSettings, item: int | str | None) -> Iterator[Outcome]:
    """The article of one JSON object. Raises ArticleRefused."""
    if "body" not in value and "headline" not in value:
        raise MissingKey("body or headline", item=item)
    extra = value.get("extra")
    if isinstance(extra, dict) and "embargoed_until" in extra:
        value = {"embargoed_until": extra["embargoed_until"], **value}
    try:
        read = _Canonical.model_validate(value)
    except ValidationError as error:
        raise UndecodableRecord("article", _problems(error), item=item) from None
    yield article(
        Fields(
            id=read.id,
            url=read.url,
            publisher=read.publisher,
            headline=read.headline,
            authors=read.authors,
            published_at=read.published_at,
            embargoed_until=read.embargoed_until,
            body=read.body,
            language=language_tags.standard(read.language),
            revision=read.revision,
            more={
                **(read.model_extra or {}),
                **{key: inner for key, inner in read.extra_.items() if key != "embargoed_until"},
            },
        ),
        limits,
        item=item,
    )


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    named = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in found[:_MAX_PROBLEMS]]
    more = len(found) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")
