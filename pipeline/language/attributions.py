"""Attributions in code points of the article's text: from the windows' roles, and quotations without a cue."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.language.datelines import behind, datelines
from pipeline.language.decoding import Run, attributions, cues
from pipeline.language.quotes import MARKS, Span, trimmed
from pipeline.language.role_model import RoleModel
from pipeline.language.token_model import Scores
from pipeline.language.windows import CLOSERS, SENTENCE_END, Ints, Window

# A quotation of fewer words is a term or a title, not something said.
MIN_QUOTED_WORDS = 4
# What a line ends with where a sentence or a heading ends with it.
_CLOSED = SENTENCE_END | CLOSERS | {":", ";"}
# What may stand between two quotations of one speaker.
_NOTHING = " \t\r.," + "".join(MARKS)
_APOSTROPHES = frozenset("'’")
_ARTICLES = frozenset({"a", "an", "the"})  # which alone are nobody
# Confidence of a quotation without a cue, against that of the attribution before it.
CUELESS = 0.8


# Words of not saying, and conditions of speaking: the corpora mark them as attributions, but nothing is claimed.
_SILENT = re.compile(
    r"\b(?:(?:did|does|do|has|have|had|would|will|could|can)\s*(?:not|n['’]t)|never|(?:declin|refus)\w*\s+to|unwilling\s+to"
    r"|without)\s+(?:\w+ly\s+|yet\s+)*(?:address|answer|comment|confirm|detail|disclos|discuss|elaborat|explain|giv"
    r"|identif|know|mention|nam|provid|respond|reveal|sa(?:y|id)|specif)\w*"
)
_CONDITION = re.compile(r"^(?:not to be (?:named|identified|quoted)|(?:on )?(?:the )?condition of anonymity)\b")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who says what, in spans of the text. `confidence`: a probability."""

    source: Span | None
    cue: Span | None
    content: tuple[Span, ...]
    confidence: float

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return min(span[0] for span in (self.source, self.cue, *self.content) if span)

    @property
    def end(self) -> int:
        """Where it ends."""
        return max(span[1] for span in (self.source, self.cue, *self.content) if span)


def characters(window: Window, run: Run) -> Span:
    """A run of words as a span of the text."""
    return int(window.spans[run[0], 0]), int(window.spans[run[1] - 1, 1])


def blocks(text: str, window: Window) -> Ints:
    """(words,) numbers of the blocks that an attribution does not leave: paragraphs, where a line break inside a
    sentence, as in text of a fixed width, ends none."""
    starts, ends = window.spans[1:, 0].tolist(), window.spans[:-1, 1].tolist()
    gaps = (text[end:start] for end, start in zip(ends, starts, strict=True))
    closed = (text[end - 1] in _CLOSED for end in ends)
    broken = [gap.count("\n") > 1 or (done and "\n" in gap) for gap, done in zip(gaps, closed, strict=True)]
    return np.cumsum([0, *broken])


def attributed(text: str, windows: Sequence[Window], scores: Sequence[Scores], model: RoleModel) -> list[Attribution]:
    """What the model found, spans without the quotation marks at their ends, in order of the text."""
    given = [
        (window, score.vectors, cue)
        for window, score in zip(windows, scores, strict=True)
        for cue in cues(score, blocks(text, window))
    ]
    marked = [cue for _, _, cue in given]
    filed = datelines(text)
    found = []
    for (window, _, _), roles in zip(
        given, attributions(marked, model([vectors for _, vectors, _ in given], marked)), strict=True
    ):
        if roles is None:
            continue
        spans = (behind(of_whole_words(text, characters(window, run)), filed) for run in roles.content)
        said = (trimmed(text, behind_comma(text, span)) for span in spans)
        content = tuple(span for span in said if span[0] < span[1])
        cue = characters(window, roles.cue)
        if content and not says_nothing(text[slice(*cue)], text[slice(*content[0])]):
            source = characters(window, roles.source) if roles.source else None
            if source and text[slice(*source)].casefold() in _ARTICLES:
                source = None
            found.append(Attribution(source, cue, content, roles.confidence))
    return sorted(found, key=lambda a: (a.start, a.end))


def of_whole_words(text: str, span: Span) -> Span:
    """The span from the beginning of its first word, where it starts at or behind an apostrophe in it ("Sunday's")."""
    start, end = span
    if text[start - 1 : start] in _APOSTROPHES:
        start -= 1
    inside = text[start : start + 1] in _APOSTROPHES and text[start + 1 : start + 2].isalnum()
    if not inside or not text[max(0, start - 1) : start].isalnum():
        return span
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    return start, end


def behind_comma(text: str, span: Span) -> Span:
    """The span without the punctuation that it begins with: "According to the firm, crews …" says "crews …"."""
    start, end = span
    while start < end and (text[start] in ",;:" or text[start].isspace()):
        start += 1
    return start, end


def says_nothing(cue: str, content: str) -> bool:
    """Whether an attribution claims nothing: "did not disclose when", "asked not to be named"."""
    return _SILENT.search(cue.casefold()) is not None or _CONDITION.match(content.casefold()) is not None


def continued(text: str, quoted: Sequence[Span], found: Sequence[Attribution]) -> list[Attribution]:
    """Quotations that no attribution covers and that go on with the speaker before: the source is the one quoted last.

    Only a whole sentence inside quotation marks counts, and only when it follows a quotation of the same or of the
    paragraph before, as newspapers continue a speaker without naming him again.
    """
    out: list[Attribution] = []
    contents = sorted(span for a in found for span in a.content)
    ends = [a.end for a in found]
    for start, end in quoted:
        if any(s < end and e > start for s, e in contents):
            continue
        said = text[start:end]
        if len(said.split()) < MIN_QUOTED_WORDS or said.rstrip()[-1:] not in SENTENCE_END | {","}:
            continue
        if not said.lstrip()[:1].isupper():
            continue
        before = bisect_right(ends, start)
        earlier = [*found[:before], *out]
        last = max((a for a in earlier if a.source and a.end <= start), key=lambda a: a.end, default=None)
        if last is None or not _follows(text, last.end, start):
            continue
        if not any(text[s - 1 : s] in MARKS or text[e : e + 1] in MARKS for s, e in last.content if s and e):
            continue
        out.append(Attribution(last.source, None, (trimmed(text, (start, end)),), last.confidence * CUELESS))
    return out


def _follows(text: str, end: int, start: int) -> bool:
    """Whether a quotation starts in the same paragraph as the end of the attribution before, or opens the next one."""
    return all(not part.strip(_NOTHING) for part in text[end:start].split("\n")[1:])
