"""Whether what a source is reported on is what it says, or what it says is not so: "denied that he had known of it"."""

import re

from pipeline.records import ContentForm

_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied|ying|ials?)|disput(?:e[sd]?|ing)(?!\s+over)|refut(?:e[sd]?|ing)|rebut(?:s|ted|ting)?"
    r"|repudiat(?:e[sd]?|ing)|debunk(?:s|ed|ing)?|rul(?:es?|ed|ing)\s+out)\b",
    re.IGNORECASE,
)
# "He was denied the nomination"; "the report was denied by officials" is a denial.
_REFUSED = re.compile(r"\b(?:is|are|was|were|been?|being)\s+(?:\w+ly\s+)?denied\b(?!.*\bby\b)", re.IGNORECASE)
_REJECTS = re.compile(r"\b(?:reject|dismiss)(?:e?s|ed|ing)?\b", re.IGNORECASE)
_AS = re.compile(r"\bas\b", re.IGNORECASE)  # "dismissed the report as gossip": that it is gossip is what they say
_NEGATION = re.compile(r"\b(?:not|never|neither|nor|without)\b|n['’]t\b", re.IGNORECASE)
_FEW_WORDS = r"^\W*(?:[\w’'.-]+\W+){0,4}?"
# An offer or a bill is rejected without anything being said to be untrue; a claim is not.
_SAYING = re.compile(
    r"^that\b|"
    + _FEW_WORDS
    + r"(?:claims?|allegations?|accusations?|charges|assertions?|suggestions?|insinuations?|notions?|ideas?|reports?"
    r"|accounts?|stor(?:y|ies)|rumou?rs?|speculation|theor(?:y|ies)|arguments?|criticisms?|characteri[sz]ations?|views?"
    r"|talk|fears|conclusions?|findings?|statements?|testimony|version|narrative)\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    _FEW_WORDS + r"(?:requests?|appeals?|motions?|petitions?|bids?|pleas?|entry|access|bail|permission|asylum|visas?"
    r"|citizenship|coverage|opportunit(?:y|ies)|chance|benefits?)\b|^(?:them|him|her|us|me|anyone)\s+\w",
    re.IGNORECASE,
)


def denied(cue: str, content: str, form: ContentForm) -> bool:
    """Whether content of this `form` is what the source says is not so, by the words of saying.

    A direct quotation is what was said, whatever the words around it: “I never met him,” she denied. To refuse
    ("denied the request", "rejected the offer") is not to deny.
    """
    if form == "direct" or _NEGATION.search(cue) or _REFUSED.search(cue):
        return False
    if _DENIES.search(cue):
        return bool(_SAYING.search(content)) or not _WISH.search(content)
    return bool(_REJECTS.search(cue) and _SAYING.search(content) and not _AS.search(content))
