"""The people of an article: whom "he" or "the governor" means.

Pronouns follow centering theory (Grosz, Joshi and Weinstein 1995) as far as it goes without a parser: the nearest
sentence decides, and in it whoever speaks; among several who do not, nobody. Who cannot be meant, by gender or by
standing inside another one's quotation, is passed over.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter

from pipeline.language.gender import Gender, gender
from pipeline.language.quotes import is_quoted, quotations
from pipeline.records import Entity

REACH = 3  # paragraphs before a pronoun in which its antecedent may stand
SENTENCES = 20  # likewise, where no paragraph ends
# A full stop after these, or after a single capital letter, ends no sentence.
_ABBREVIATED = (
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Sen|Sens|Rep|Reps|Gov|Gen|Lt|Col|Sgt|Capt|Prof|Rev|St|Jr|Sr|vs|No|Inc|Co|Corp)|\b[A-Z])\.$"
)
_END = re.compile(r"[.!?…]+[\"”’')\]]*\s+(?=[\"“‘'(\[]*[A-Z0-9])|\n+")
_OWNS = re.compile(r"(?:['’]s|(?<=s)['’])\s")
# How titles are written before a name.
_TITLES = {
    "governor": "gov.",
    "senator": "sen.",
    "representative": "rep.",
    "congressman": "rep.",
    "congresswoman": "rep.",
    "general": "gen.",
    "doctor": "dr.",
    "professor": "prof.",
    "reverend": "rev.",
    "colonel": "col.",
    "lieutenant": "lt.",
    "sergeant": "sgt.",
    "captain": "capt.",
}


@dataclass(frozen=True, slots=True)
class _Mention:
    """Where a person is spoken of. `owns`: only as whose thing it is, "Clinton’s"."""

    start: int
    end: int
    person: Entity
    owns: bool


class Persons:
    """Of one article. Sources are told of as they are resolved, in the order of the text."""

    def __init__(self, text: str, entities: Sequence[Entity]) -> None:
        self.text = text
        people = [entity for entity in entities if entity.type == "Person"]
        quoted = quotations(text)
        self._all = sorted(
            (
                _Mention(*mention.span, person, _OWNS.match(text, mention.span[1]) is not None)
                for person in people
                for mention in person.mentions
            ),
            key=lambda mention: mention.start,
        )
        self._outside = [mention for mention in self._all if not is_quoted(mention.start, quoted)]
        self._by_id = {person.id: person for person in people}
        self._gender: dict[str, Gender | None] = {
            person.id: gender(text, person.name, [mention.span for mention in person.mentions]) for person in people
        }
        self._starts = [0]
        for end in _END.finditer(text):
            if "\n" in end[0] or not re.search(_ABBREVIATED, text[max(0, end.start() - 8) : end.start() + 1]):
                self._starts.append(end.end())
        self._spoke: list[tuple[int, Entity]] = []
        self._strangers: list[int] = []

    def spoke(self, start: int, person: str) -> None:
        """That the source at `start` is this person, be it a pronoun."""
        if person in self._by_id:
            self._spoke.append((start, self._by_id[person]))

    def stranger_spoke(self, start: int) -> None:
        """That the source at `start` is one person without a name, whom a pronoun behind it may mean."""
        self._strangers.append(start)

    def referent(self, pronoun: Gender, start: int) -> Entity | None:
        """Whom a pronoun at `start` means, if that is clear."""
        sentence, end, paragraphs = bisect_right(self._starts, start) - 1, start, 0
        first = max(0, sentence - SENTENCES)
        while sentence >= first and paragraphs <= REACH:
            begin = self._starts[sentence]
            if any(begin <= at < end for at in self._strangers) and not any(begin <= at < end for at, _ in self._spoke):
                return None
            found = self._of_sentence(pronoun, begin, end)
            if found:
                return found[0] if len(found) == 1 else None
            if begin and self.text[begin - 1] == "\n":
                paragraphs += 1
            sentence, end = sentence - 1, begin
        return None

    def _of_sentence(self, pronoun: Gender, begin: int, end: int) -> list[Entity]:
        """Who in a stretch of text may be meant: the first who speaks there, or else everyone whom nothing excludes.

        Who is only named as somebody's owner, or whose gender is not known, counts where nobody else does.
        """
        spoke = [(start, person) for start, person in self._spoke if begin <= start < end]
        speakers = {person.id for _, person in spoke}
        low, high = (bisect_left(self._outside, place, key=attrgetter("start")) for place in (begin, end))
        named = [mention for mention in self._outside[low:high] if mention.end <= end]
        # Where the same pronoun stands already, it is of somebody before: not of one who may be a man or a woman.
        if re.search(rf"\b{pronoun}\b", self.text[begin:end], re.IGNORECASE):
            named = [mention for mention in named if self._gender[mention.person.id]]
        candidates = [(start, person, False) for start, person in spoke]
        candidates += [(mention.start, mention.person, mention.owns) for mention in named]
        fitting = sorted(
            (
                ((owns, person.id not in speakers, self._gender[person.id] is None), start, person)
                for start, person, owns in candidates
                if self._gender[person.id] in (None, pronoun)
            ),
            key=itemgetter(0, 1),
        )
        best = {person.id: person for rank, _, person in fitting if rank == fitting[0][0]}
        return list(best.values())[: 1 if speakers.intersection(best) else None]

    def titled(self, noun: str, before: int) -> Entity | None:
        """The one person so far who bears a title: "Minister Sunniva Drake" or "Helga Varnum, a mediator," of it."""
        words = noun.casefold().split()
        short = _TITLES.get(words[-1])
        forms = [" ".join(words)] + ([" ".join([*words[:-1], short])] if short else [])
        behind = re.compile(
            rf"^,?\s(?:an?|the|its|his|her|their)\s[^.;\n]{{0,60}}?\b{re.escape(noun)}\b", re.IGNORECASE
        )
        bearers = {
            mention.person.id: mention.person
            for mention in self._all
            if mention.end <= before
            and (
                self._title(mention).endswith(tuple(f" {form}" for form in forms))
                or behind.match(self.text[mention.end : mention.end + 90])
            )
        }
        return next(iter(bearers.values())) if len(bearers) == 1 else None

    def _title(self, mention: _Mention) -> str:
        """What stands before a name, and the title inside a mention of it."""
        inside = mention.end - mention.start - len(mention.person.name)
        before = self.text[max(0, mention.start - 60) : mention.start + max(0, inside)]
        return " " + " ".join(before.casefold().split())
