"""Who is speaking: the kind of a source, and its name as far as the article supports one.

A name comes from an entity inside the source, from the speaker just before a pronoun, or from the source's own noun
phrase ("a Hamas official, who asked not to be named," is "Hamas official"). Where neither is clear there is none:
a wrong name is worse than no name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.language.gender import PRONOUNS
from pipeline.language.nouns import COLLECTIVES, DOCUMENTS, UNIQUE
from pipeline.language.persons import Persons
from pipeline.records import Entity, SourceKind

PLURAL = frozenset({"they", "them", "themselves"})
# What a relative pronoun as a source may stand for.
RELATIVE = {"who": ("Person",), "which": ("Organization", "Location", "Facility", "Product")}
APPOSITION = re.compile(r"(?:,\s(?:an?|the|its|his|her|their)\s[^,.;\n]{1,60})?,?\s\(?", re.IGNORECASE)
OTHER_PRONOUNS = frozenset({"i", "me", "we", "us", "you", "it", "that", "one", "this", "those", "these"})
# Words after which a noun phrase only adds to its head.
TAIL = re.compile(
    r"\s*(?:[,;:(–—\[]|\s-\s|\b(?:of|in|at|from|with|for|to|on|by|near|about|against|who|whom|whose|which|that|familiar"
    r"|close|speaking|citing|quoted|based|aged|including|published|released|conducted|commissioned|issued|written)\b)",
    re.IGNORECASE,
)
DETERMINER = re.compile(
    r"^(?:(?:the|a|an|his|her|their|its|this|that|these|those|some|many|several|both|other|another|one|two|three|four"
    r"|five|six|seven|eight|nine|ten|dozens|hundreds|most|few|more|all)\b(?:\s+of\b)?\s*)+",
    re.IGNORECASE,
)
# Opens a noun phrase that brings someone new in.
INDEFINITE = re.compile(r"\b(?:an?|one|two|three|four|five|six|seven|several|some|many|other|another)\s", re.IGNORECASE)
ONE = re.compile(r"(?:an?|one|another)\s", re.IGNORECASE)
PARAGRAPHS = 2  # lines, empty ones too, from an unnamed speaker to a pronoun
REACH = 1200  # code points before a description in which it may have been introduced
UNNAMED = re.compile(r"\b(?:unidentified|unnamed|anonymous|undisclosed|unspecified)\s+", re.IGNORECASE)


BODIES = frozenset({"Organization", "Location", "Facility", "Product"})
AND = re.compile(r"\band\b|&")
BETWEEN = re.compile(r"[\s,&•]*(?:(?:and|the)\b[\s,&•]*)*")  # a blanked name is of •


@dataclass(frozen=True, slots=True)
class Speaker:
    """The kind of a source, its canonical name, and the entity it is, where there is one."""

    kind: SourceKind
    name: str | None = None
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """An attribution's source so far: where it stands, how it reads, and who it was found to be."""

    start: int
    paragraph: int
    text: str
    speaker: Speaker


def blanked(text: str, places: Sequence[tuple[int, int]]) -> str:
    """The text, as long as it was, with something that is no word in place of names."""
    for start, end in places:
        text = text[:start] + "•" * (end - start) + text[end:]
    return text


def _one(spoken: Spoken) -> bool:
    """Whether a source is one person without a name: "a commander who declined to be named"."""
    return spoken.speaker.kind == "unnamed" and spoken.speaker.name is not None and ONE.match(spoken.text) is not None


def noun_phrase(text: str, names: Sequence[tuple[int, int]] = ()) -> str:
    """The source's core: without determiners before and additions behind. Names in it, at `names`, are not cut."""
    cuts = (cut.start() for cut in TAIL.finditer(text) if not text[: cut.start()].isspace())
    end = next((cut for cut in cuts if cut and not any(s < cut < e for s, e in names)), len(text))
    core = " ".join(text[:end].split())
    return UNNAMED.sub("", DETERMINER.sub("", core)).strip(" '\"“”‘’")


class Speakers:
    """Resolves the sources of one article, in the order of the text."""

    def __init__(self, text: str, entities: Sequence[Entity]) -> None:
        self.text = text
        self.mentions = sorted((m.span[0], m.span[1], entity) for entity in entities for m in entity.mentions)
        self.persons = Persons(text, entities)
        self.past: list[Spoken] = []

    def resolve(self, text: str, span: tuple[int, int] | None, paragraph: int) -> Speaker:
        """The speaker of a source that reads `text` and stands at `span` in a paragraph of the article."""
        if span is None:
            return Speaker("none")
        speaker = self._find(text, span, paragraph)
        self.past.append(Spoken(span[0], paragraph, text, speaker))
        if speaker.kind == "person" and speaker.entity:
            self.persons.spoke(span[0], speaker.entity)
        elif _one(self.past[-1]):
            self.persons.stranger_spoke(span[0])
        return speaker

    def _find(self, text: str, span: tuple[int, int], paragraph: int) -> Speaker:
        word = text.strip(" ,'\"“”‘’").casefold()
        if word in PRONOUNS:
            person = self.persons.referent(PRONOUNS[word], span[0])
            if person:
                return Speaker("person", person.name, person.id)
            before = self.past[-1:]
            if before and _one(before[0]) and paragraph - before[0].paragraph <= PARAGRAPHS:
                return before[0].speaker
            return Speaker("person")
        if word in PLURAL:
            return self._plural(paragraph)
        if word in RELATIVE:
            return self._antecedent(word, span[0], paragraph)
        if word in OTHER_PRONOUNS:
            return Speaker("unnamed")
        inside = [(s, e, entity) for s, e, entity in self.mentions if span[0] <= s and e <= span[1]]
        people = {entity.id: entity for _, _, entity in inside if entity.type == "Person"}
        if len(people) == 1:
            person = next(iter(people.values()))
            if not self._only_owner(text, span, inside, person):
                return Speaker("person", person.name, person.id)
        elif people and AND.search(text):
            return Speaker("person", " and ".join(e.name for e in people.values()))
        elif people:
            # "Clinton's director Jennifer Palmieri, who …" is whoever the noun phrase ends with.
            end = span[0] + text.find(core := noun_phrase(text)) + len(core)
            last = [entity for _, e, entity in inside if e == end and entity.type == "Person"]
            if last:
                return Speaker("person", last[0].name, last[0].id)
        return self._described(text, span, inside, paragraph)

    @staticmethod
    def _only_owner(
        text: str, span: tuple[int, int], inside: Sequence[tuple[int, int, Entity]], person: Entity
    ) -> bool:
        """Whether the person is only whose lawyer, camp or book it is: "Cruz's campaign"."""
        for start, end, entity in inside:
            if entity.id == person.id:
                after = text[end - span[0] :]
                owned = text[: end - span[0]].endswith(("'s", "’s")) or after.startswith(("'s", "’s", "'", "’"))
                before = text[: start - span[0]].split()
                of = bool(before) and before[-1].casefold() in {"for", "of", "by", "to"}
                return (
                    owned
                    or of
                    or bool(
                        re.match(
                            r"\s+(?:campaign|spokes|aide|adviser|advisor|supporter|family|camp|administration|ally|allies)",
                            after,
                        )
                    )
                )
        return False

    def _antecedent(self, word: str, start: int, paragraph: int) -> Speaker:
        """Who or which: the name just before it, an apposition between them aside, or else the description there."""
        named = [mention for mention in self.mentions if mention[1] <= start]
        if named and APPOSITION.fullmatch(self.text[named[-1][1] : start]):
            entity = named[-1][2]
            if entity.type in RELATIVE[word]:
                return Speaker("person" if word == "who" else "organisation", entity.name, entity.id)
        before = self.text[max(0, start - REACH) : start].rstrip(" ,(")
        clause = re.split(r"[.!?;:,“”\"\n(]", before)[-1]
        phrases = list(INDEFINITE.finditer(clause))
        if not phrases:
            return Speaker("unnamed")
        noun = clause[phrases[-1].start() :]
        end = start - len(self.text[max(0, start - REACH) : start]) + len(before)
        inside = [mention for mention in named if mention[0] >= end - len(noun)]
        return self._described(noun, (end - len(noun), end), inside, paragraph)

    def _plural(self, paragraph: int) -> Speaker:
        """They: the last source nearby that is several people or an organisation."""
        for spoken in reversed(self.past):
            if paragraph - spoken.paragraph > 2:
                break
            if spoken.speaker.kind in ("unnamed", "organisation"):
                return spoken.speaker
            if spoken.speaker.kind == "person" and spoken.speaker.name and spoken.speaker.entity is None:
                return spoken.speaker
        return Speaker("unnamed")

    def _introduced(self, noun: str, before: int) -> str | None:
        """How the text first spoke of "the official": "an unidentified Israeli official" is "Israeli official"."""
        start = max(0, before - REACH)
        for found in reversed(list(re.finditer(rf"\b{re.escape(noun)}\b", self.text[start:before], re.IGNORECASE))):
            sentence = re.split(r"[.!?,;:“”\"\n]", self.text[start : start + found.end()])[-1]
            indefinite = list(INDEFINITE.finditer(sentence))
            if indefinite:
                core = noun_phrase(sentence[indefinite[-1].start() :])
                if " " in core and core.casefold().endswith(noun):
                    return core
        return None

    def _described(
        self, text: str, span: tuple[int, int], inside: Sequence[tuple[int, int, Entity]], paragraph: int
    ) -> Speaker:
        places = [(s - span[0], e - span[0]) for s, e, _ in inside]
        several = [entity for _, _, entity in inside if entity.type in BODIES]
        if len(several) > 1 and BETWEEN.fullmatch(blanked(text, places)):
            return Speaker("organisation", " and ".join(entity.name for entity in several))
        core = noun_phrase(text, places)
        if not core:
            return Speaker("unnamed")
        head = core.split()[-1].casefold().strip(".,")
        at = text.find(core)
        end = span[0] + at + len(core) if at >= 0 else -1
        named = [entity for s, e, entity in inside if abs(e - end) <= 2 and entity.type in BODIES]
        if AND.search(noun_phrase(blanked(text, places))):
            # "Two sources and Al-Qahera News": neither alone.
            return Speaker("organisation" if named else "unnamed", core)
        if named:
            return Speaker("organisation", named[-1].name, named[-1].id)
        if head in DOCUMENTS:
            return Speaker("document", core if " " in core else None)
        if head in COLLECTIVES:
            return Speaker("organisation", core if " " in core or head in UNIQUE else None)
        if text.split()[0].casefold() == "the":
            titled = self.persons.titled(core, span[0])
            if titled:
                return Speaker("person", titled.name, titled.id)
            if " " not in core:
                return Speaker("unnamed", self._introduced(head, span[0]))
        # A bare noun ("officials") says what somebody is, not who.
        return Speaker("unnamed", core if " " in core else None)
