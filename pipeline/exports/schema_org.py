"""A claim as a schema.org `Claim` (JSON-LD). https://schema.org/Claim

Stances and confidence stay out: schema.org has no terms for them, and a `ClaimReview` would say that somebody checked.
"""

from typing import Any

from pipeline.exports.iris import article_iri, claim_iri, is_web_address
from pipeline.exports.reading import Exportable
from pipeline.records import ArticleRef, Claim, EntityRef, EntityType

CONTEXT = "https://schema.org"

_ENTITY_TYPES: dict[EntityType, str] = {
    "Person": "Person",
    "Organization": "Organization",
    "Location": "Place",
    "Facility": "Place",
    "Product": "Product",
    "NORP": "Thing",
    "Misc": "Thing",
}
"""Dates and amounts are not here: a claim mentions them, and is not about them."""

_AUTHORS = {"person": "Person", "organisation": "Organization"}


def schema_org_claim(found: Exportable) -> dict[str, Any]:
    """One claim. `author` is there only where the source is a named person or organisation, and says so: of what it
    denies it is none.

    A claim's id is made from its article, so this article is both where it appears and where it first did.
    """
    claim = found.claim
    about = [_entity(entity) for entity in claim.entities if entity.type in _ENTITY_TYPES]
    article = _article(claim.article)
    return {
        "@context": CONTEXT,
        "@id": claim_iri(claim.id),
        "@type": "Claim",
        "identifier": claim.id,
        "text": claim.content.text,
        **_source(claim),
        **({"inLanguage": found.language} if found.language else {}),
        **({"about": about} if about else {}),
        "appearance": article,
        "firstAppearance": {"@type": article["@type"], "@id": article["@id"]},
    }


def _source(claim: Claim) -> dict[str, Any]:
    source = claim.source
    if claim.content.denied:
        return {"disambiguatingDescription": f"denied by {source.name or source.text or 'somebody not named'}"}
    said: dict[str, Any] = {}
    if source.name and source.kind in _AUTHORS:
        said["author"] = {"@type": _AUTHORS[source.kind], "name": source.name}
    if source.name and source.kind == "document":
        said["isBasedOn"] = {"@type": "CreativeWork", "name": source.name}
    if source.text:
        said["creditText"] = source.text
    return said


def _article(article: ArticleRef) -> dict[str, Any]:
    known = {
        "@type": "NewsArticle",
        "@id": article_iri(article),
        "identifier": article.id,
        "url": article.url if article.url and is_web_address(article.url) else None,
        "headline": article.headline,
        "datePublished": article.published_at.isoformat().replace("+00:00", "Z") if article.published_at else None,
        "publisher": {"@type": "Organization", "name": article.publisher} if article.publisher else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _entity(entity: EntityRef) -> dict[str, Any]:
    return {"@type": _ENTITY_TYPES[entity.type], "name": entity.name}
