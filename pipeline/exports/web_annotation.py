"""A claim as a W3C Web Annotation (JSON-LD): what is said, by whom, about whom, on the words of the article.

https://www.w3.org/TR/annotation-model/. Each span of the content is a target with two selectors for the same words:
their position in the article's text as claimwire read it (headline, two newlines, body), and the words themselves.
On the publisher's own page only the words hold, since the page has more text around them.
"""

from typing import Any

from pipeline.exports.iris import article_iri, claim_iri
from pipeline.exports.reading import Exportable
from pipeline.records import Claim, Span

CONTEXT = "http://www.w3.org/ns/anno.jsonld"

_AROUND = 32  # characters of prefix and suffix: what annotation clients write
_BETWEEN = " … "  # between the spans of a content, in its text


def web_annotation(found: Exportable) -> dict[str, Any]:
    """One annotation."""
    claim = found.claim
    return {
        "@context": CONTEXT,
        "id": claim_iri(claim.id),
        "type": "Annotation",
        "motivation": "describing",
        "generator": {"type": "Software", "name": f"claimwire annotator {claim.annotator.version}"},
        "body": _bodies(claim, found.language),
        "target": _targets(found),
    }


def _bodies(claim: Claim, language: str | None) -> list[dict[str, Any]]:
    speaker = claim.source.name or claim.source.text
    words = f"denied: {claim.content.text}" if claim.content.denied else claim.content.text
    said = {"value": f"{speaker}: {words}" if speaker else words, "format": "text/plain"}
    return [
        _body("describing", **said, **({"language": language} if language else {})),
        *([_body("identifying", value=speaker)] if speaker else []),
        *(_body("tagging", value=entity.name) for entity in claim.entities),
        *(_body("classifying", value=f"{stance.label}: {stance.target.text}") for stance in claim.stances),
    ]


def _body(purpose: str, **fields: str) -> dict[str, Any]:
    return {"type": "TextualBody", "purpose": purpose, **fields}


def _targets(found: Exportable) -> list[dict[str, Any]]:
    source = article_iri(found.claim.article)
    spans = found.claim.content.spans
    words = _words(found)
    if not spans:
        return [{"type": "SpecificResource", "source": source}]
    return [
        {"type": "SpecificResource", "source": source, "selector": _selectors(span, exact, found.text)}
        for span, exact in zip(spans, words, strict=True)
    ]


def _words(found: Exportable) -> list[str | None]:
    """The words of each span; None where the claim alone does not tell them."""
    content, text = found.claim.content, found.text
    if text is not None:
        return [text[start:end] for start, end in content.spans]
    words = []
    at = 0
    for start, end in content.spans:
        words.append(content.text[at : at + end - start])
        at += end - start + len(_BETWEEN)
    # A claim that somebody else wrote may join its spans differently: rather no quotation than a wrong one.
    return list(words) if _BETWEEN.join(words) == content.text else [None] * len(content.spans)


def _selectors(span: Span, exact: str | None, text: str | None) -> list[dict[str, Any]]:
    start, end = span
    selectors: list[dict[str, Any]] = [{"type": "TextPositionSelector", "start": start, "end": end}]
    if exact:
        quote: dict[str, Any] = {"type": "TextQuoteSelector", "exact": exact}
        if text is not None:
            quote |= {"prefix": text[max(0, start - _AROUND) : start], "suffix": text[end : end + _AROUND]}
        selectors.append(quote)
    return selectors
