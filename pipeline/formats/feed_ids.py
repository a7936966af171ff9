"""Ids of the entries of feeds, which are unique within their feed and not always beyond it."""

from __future__ import annotations

import re

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:\S")


def item_id(given: str, feed: str | None) -> str:
    """The id of an entry: `given` where that is a URI, else `given` behind the address of its feed.

    Two feeds may both have an entry "1234": as they are, one's claims would replace the other's.
    """
    return given if _ABSOLUTE.match(given) or not feed else f"{feed}#{given}"
