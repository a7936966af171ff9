"""Deterministic ids: the same input gives the same id on every machine, so an upsert by id is idempotent.

An id is a prefix and 24 characters of base32 in lower case: the first 120 bits of a SHA-256. Texts are taken as they
are, except where a docstring says "normalised": NFKC, case-folded, runs of white space as one space.
"""

import base64
import hashlib
import unicodedata

_BITS = 120  # a multiple of 5 and 8 (no padding); a collision among 10^12 ids has a chance of 4 in 10^13


def article_id(*, url: str | None, headline: str | None, body: str) -> str:
    """`art_…` from the url, else from headline and body: so a correction under the same url keeps its id."""
    address = (url or "").strip()
    return _digest("art", "url", address) if address else _digest("art", "content", headline or "", body)


def entity_id(name: str, type: str) -> str:
    """`ent_…` from type and normalised name: one id for the same name in every article."""
    return _digest("ent", type, normalised(name))


def claim_id(article: str, *, content: str, source: str, cue: str, occurrence: int) -> str:
    """`clm_…` from the article's id and the words of the claim's three roles.

    The revision and the position are left out: a claim that still stands in a corrected article keeps its id.
    `occurrence` counts, from 0, earlier claims of the article with the very same words.
    """
    return _digest("clm", article, content, source, cue, str(occurrence))


def target_id(text: str) -> str:
    """`tgt_…` from the normalised proposition."""
    return _digest("tgt", normalised(text))


def relation_id(one: str, other: str) -> str:
    """`rel_…` from the ids of two claims, in either order."""
    return _digest("rel", *sorted((one, other)))


def proposition_id(claim: str) -> str:
    """`prp_…` from the id of the claim that it begins with."""
    return _digest("prp", claim)


def normalised(text: str) -> str:
    """NFKC, case-folded, runs of white space as one space: what makes two spellings one name."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def _digest(prefix: str, *parts: str) -> str:
    sha = hashlib.sha256()
    for part in parts:
        # A lone surrogate is no UTF-8, but an id must not fail on the text that it names.
        encoded = part.encode("utf-8", "surrogatepass")
        # The length first: ("ab", "c") and ("a", "bc") are different things.
        sha.update(len(encoded).to_bytes(8, "big"))
        sha.update(encoded)
    return f"{prefix}_{base64.b32encode(sha.digest()[: _BITS // 8]).decode('ascii').lower()}"
