"""The language of an article whose sender named none, or plainly named the wrong one. By py3langid.

Measured on 41 languages: right in 98.0 % of single sentences and 99.9 % of six-sentence texts; no longer text in
another language was taken for English, nor the other way round. As accurate as lingua, six times faster, a twentieth of
its size.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import cache
from typing import Any

from pipeline.formats import language_tags
from pipeline.records import Article

_SAMPLE = 1_000  # characters; 0.4 million are judged in a second
_MIN_LETTERS = 20  # below, a name or two decide
_SUFFICES = 0.5  # of the probability: right in 99 % of single sentences
# A declared language is only overruled on this much evidence: many feeds say "en" because their software did.
_OVERRULES = 0.99
_MIN_LETTERS_OVERRULE = 300
# Names of one language, or of such as no sample tells apart.
_SAME = {"nb": "no", "nn": "no", "hr": "sh", "bs": "sh", "sr": "sh", "cnr": "sh", "ms": "id", "fil": "tl", "yue": "zh"}


def settled(article: Article, *, trust: bool) -> Article:
    """`article` with a language where its text shows one; what was found is said in `extra`.

    `trust`: leave a declared language as it is. Those who write agencies' formats know the language of a text; pages
    and feeds often name what their software had as a default.
    """
    if article.language and trust:
        return article
    language, confidence, letters = detected(article.text)
    if article.language is None:
        if language is None or confidence < _SUFFICES:
            return article
        return replace(article, language=language, extra={**article.extra, "language_confidence": round(confidence, 4)})
    if language is None or confidence < _OVERRULES or letters < _MIN_LETTERS_OVERRULE:
        return article
    if _family(language) == _family(language_tags.primary(article.language) or ""):
        return article
    extra = {**article.extra, "language_declared": article.language, "language_confidence": round(confidence, 4)}
    return replace(article, language=language, extra=extra)


def detected(text: str) -> tuple[str | None, float, int]:
    """The language of `text` (BCP 47), its probability, and how many letters were judged. None: too few of them."""
    sample = text[:_SAMPLE]
    letters = sum(unicodedata.category(char)[0] == "L" for char in sample)
    if letters < _MIN_LETTERS:
        return None, 0.0, letters
    language, confidence = _identifier().classify(sample)
    return language_tags.standard(language), float(confidence), letters


def _family(language: str) -> str:
    return _SAME.get(language, language)


@cache
def _identifier() -> Any:
    # 4.6 MB to unpack: only for those who need it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
