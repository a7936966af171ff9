"""Names for claims and articles on the semantic web."""

import re
from urllib.parse import quote, urlsplit

from pipeline.records import ArticleRef

# RFC 4151: a name that nobody serves, under a domain that is reserved for examples.
_TAG = "tag:claimwire.example,2026:"

# What no IRI may hold (RFC 3987), controls and white space included. A url comes from an article: from anyone.
_FORBIDDEN = re.compile(r'[\x00-\x20\x7f-\xa0<>"{}|\\^`\s]')


def claim_iri(id: str) -> str:
    """The name of a claim."""
    return f"{_TAG}claim/{quote(id, safe='')}"


def article_iri(article: ArticleRef) -> str:
    """The address of an article where it has one on the web, else a name made from its id."""
    return article.url if article.url and is_web_address(article.url) else f"{_TAG}article/{quote(article.id, safe='')}"


def is_web_address(url: str) -> bool:
    """Whether `url` is absolute, http or https, and can stand in a document as it is."""
    if _FORBIDDEN.search(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
