"""The blocking part of the relations processor, for one input partition: records in, changes of relations out."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.errors import UndecodableRecord
from pipeline.ids import relation_id
from pipeline.language.relating import RELATIONS, PairJudge, decided
from pipeline.processors.comparison_window import Candidate, ComparisonWindow, Held, comparison, shared
from pipeline.processors.propositions import Propositions
from pipeline.records import Annotator, ComparableClaim, Proposition, Relation, RelationKind, RelationName
from pipeline.settings import RelationsSettings
from pipeline.wire.codec import decode
from pipeline.wire.received import Received

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Findings:
    """What a batch changes. None as a value: it is no more.

    `new`: the claims that came, `gone`: those withdrawn, `refused`: records that are no comparable claim.
    """

    relations: dict[str, Relation | None] = field(default_factory=dict)
    propositions: dict[str, Proposition | None] = field(default_factory=dict)
    new: list[Held] = field(default_factory=list)
    gone: list[Held] = field(default_factory=list)
    refused: list[tuple[Received, UndecodableRecord]] = field(default_factory=list)


class Relator:
    """One partition's claims and relations. `annotator`: what its records name as their maker."""

    def __init__(
        self, window: ComparisonWindow, judge: PairJudge, annotator: Annotator, settings: RelationsSettings
    ) -> None:
        self.window = window
        self.propositions = Propositions()
        self._judge = judge
        self._annotator = annotator
        self._settings = settings

    def reread(self, records: Iterable[Received]) -> None:
        """Takes in again what an earlier owner has dealt with, in its order."""
        for record in records:
            self._take(record, Findings())

    def restore(self, relations: Iterable[Relation], propositions: Iterable[Proposition]) -> None:
        """Takes in what an earlier owner had published, and what stands of it."""
        for proposition in propositions:
            said = (claim.id for voice in proposition.voices if voice.stance == "favor" for claim in voice.claims)
            self.propositions.restore(proposition.id, said)
        for relation in relations:
            self.propositions.add(relation)
        self.propositions.take_changed()

    def work(self, records: Sequence[Received]) -> Findings:
        """What these records change, in their order."""
        findings = Findings()
        for record in records:
            held = self._take(record, findings)
            if held is not None:
                findings.new.append(held)
                for relation in self._related(held):
                    findings.relations[relation.id] = relation
                    self.propositions.add(relation)
        findings.propositions = self.propositions.take_changed()
        return findings

    def _take(self, record: Received, findings: Findings) -> Held | None:
        if record.value is None:
            claim = (record.key or b"").decode("utf-8", "replace")
            held = self.window.withdraw(claim)
            if held is not None:
                findings.gone.append(held)
            findings.relations |= dict.fromkeys(self.propositions.withdraw(claim))
            return None
        try:
            comparable = decode(ComparableClaim, record.value)
        except UndecodableRecord as error:
            findings.refused.append((record, error))
            return None
        return self.window.add(comparable)

    def _related(self, new: Held) -> Iterable[Relation]:
        candidates = self.window.candidates(new)
        scores = self._judge([comparison(new, each) for each in candidates])
        for candidate, score in zip(candidates, scores, strict=True):
            label = decided(score, agree=self._settings.min_agree, contradict=self._settings.min_contradict)
            if label is not None:
                yield self._relation(new, candidate, label, float(score[RELATIONS.index(label)]))

    def _relation(self, new: Held, candidate: Candidate, label: RelationName, score: float) -> Relation:
        one, other = sorted((new, candidate.held), key=lambda held: held.claim.id)
        kind: RelationKind = "between-sources"
        if candidate.same_source:
            kind = "reversal" if label == "contradict" else "repetition"
        return Relation(
            relation_id(one.claim.id, other.claim.id),
            label,
            round(min(1.0, score), 4),
            (one.claim, other.claim),
            shared(one, other),
            self._annotator,
            kind,
        )
