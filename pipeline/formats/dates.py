"""Times as the formats write them: RFC 3339, ISO 8601 short and long, RFC 2822, days alone. All come out in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A day with a zone, which NITF writes and no library reads: the zone says nothing about a day's beginning in UTC
# that readers would expect.
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:Z|[+-]\d{2}:?\d{2})?")
_SHORT = re.compile(r"(\d{8}T\d{4})(Z|[+-]\d{4})?")
_SPACED_ZONE = re.compile(r"\s+(?=(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$)")


def parsed(value: object) -> datetime | None:
    """The time that `value` (a string) names, in UTC; None where it names none. Without a zone it counts as UTC."""
    if not isinstance(value, str) or not (text := value.strip()) or len(text) > 64:
        return None
    return utc(_iso(text) or _mail(text))


def utc(moment: datetime | None) -> datetime | None:
    """`moment` in UTC; None outside the years 1 to 9999."""
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _iso(text: str) -> datetime | None:
    if day := _DAY.fullmatch(text):
        text = "-".join(day.groups())
    if short := _SHORT.fullmatch(text):
        text = f"{short[1]}00{short[2] or ''}"
    text = _SPACED_ZONE.sub("", text)
    text = re.sub("(?:UTC|GMT)$", "Z", text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
