"""Language tags as BCP 47 writes them."""

from __future__ import annotations

import langcodes

_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})


def standard(tag: object) -> str | None:
    """`tag` in its standard form ("EN_us" becomes "en-US"); None for what is no tag, or names no one language."""
    if not isinstance(tag, str) or len(tag) > 35:
        return None
    # A locale's character set ("en_US.UTF-8") is no part of the language.
    try:
        found = langcodes.standardize_tag(tag.strip().partition(".")[0])
    except ValueError:
        return None
    return None if found.partition("-")[0] in _NO_LANGUAGE else found


def primary(tag: str | None) -> str | None:
    """The language alone: "en" of "en-US"."""
    return tag.partition("-")[0] if tag else None
