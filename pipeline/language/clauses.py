"""Whether a claim's words state something: a finite verb, as far as word lists tell.

What sources are said to discuss, want or praise ("the ceasefire", "to leave the union") is content of an attribution
too, but nothing that another source could deny; nor are questions.
"""

import re

# Forms that are finite, or stand beside a subject: auxiliaries, and the verbs that claims of the news use most.
_FINITE = re.compile(
    r"\b(?:is|are|was|were|am|has|have|had|does|do|did|will|would|shall|should|can|cannot|could|may|might|must|won't|ain't"
    r"|\w+n['’]t|(?:i|he|she|it|we|you|they|that|there|who|what)['’](?:s|re|ve|ll|d|m)"
    r"|said|says|made|makes|took|takes|came|comes|went|goes|got|gets|gave|gives|knew|knows|thinks?|thought|wants?|wanted"
    r"|needs?|needed|shows?|showed|led|leads?|lost|loses|won|wins|left|leaves|kept|keeps|became|becomes|began|begins"
    r"|found|finds|felt|feels|sent|sends|paid|pays|met|meets|ran|runs|saw|sees|told|tells|supports?|opposes?|believes?"
    r"|plans?|killed|died|rose|fell|grew|remains?|seems?|means|deserves?|supported|opposed|caused|causes|includes?"
    r"|included|agreed|agrees|refused|rejected|accused|approved|called|calls|signed|ordered|used|uses)\b",
    re.IGNORECASE,
)
_NO_STATEMENT = re.compile(r"^\W*(?:to(?! the\b)|whether|how|why|which|where)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"^\W*that\s+\w+\s+\w", re.IGNORECASE)
_CLOSERS = " \t\n\"'”’)…"
_SENTENCE_END = re.compile(r"[.!](?=\s)")
MIN_WORDS = 4


def states_something(text: str) -> bool:
    """Whether `text` is worth comparing with what others say."""
    if text.rstrip(_CLOSERS).endswith("?") and not _SENTENCE_END.search(text):
        return False
    if _CLAUSE.match(text):
        return True
    if len(text.split()) < MIN_WORDS or _NO_STATEMENT.match(text):
        return False
    return _FINITE.search(text) is not None
