"""Whether what a source is reported on is what it says, or what it says is not so: "denied that he had known of it"."""

import re

from pipeline.records import ContentForm

_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied|ying|ials?)|disput(?:e[sd]?|ing)|refut(?:e[sd]?|ing)|rebut(?:s|ted|ting)?"
    r"|repudiat(?:e[sd]?|ing)|debunk(?:s|ed|ing)?|rul(?:es?|ed|ing)\s+out)\b",
    re.IGNORECASE,
)
_REJECTS = re.compile(r"\b(?:reject|dismiss)(?:e?s|ed|ing)?\b", re.IGNORECASE)
_AS = re.compile(r"\bas\b", re.IGNORECASE)  # "dismissed the report as gossip": that it is gossip is what they say
_NEGATION = re.compile(r"\b(?:not|never|neither|nor|without)\b|n['’]t\b", re.IGNORECASE)


def denied(cue: str, content: str, form: ContentForm) -> bool:
    """Whether content of this `form` is what the source says is not so, by the words of saying.

    A direct quotation is what was said, whatever the words around it: “I never met him,” she denied.
    """
    if form == "direct" or _NEGATION.search(cue):
        return False
    return bool(_DENIES.search(cue) or (_REJECTS.search(cue) and not _AS.search(content)))
