"""Watched propositions: which claims bear on them, and how."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.language.labels import STANCES
from pipeline.language.relating import legible
from pipeline.language.stance_model import Question, StanceJudge
from pipeline.language.token_model import Floats
from pipeline.processors.comparison_window import Held
from pipeline.records import Annotator, Stance, StanceTarget, Target

# Below this probability of being for or against, a claim that is near in words is taken not to bear on the target.
MIN_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class TargetChange:
    """A target is watched from now on, or (None) no longer."""

    id: str
    target: Target | None


class Watch:
    """The targets that stand. `vector`: of a text; `similarity`: from which cosine a claim may bear on a target."""

    def __init__(
        self, vector: Callable[[str], Floats], judge: StanceJudge, annotator: Annotator, *, similarity: float
    ) -> None:
        self._vector = vector
        self._judge = judge
        self._annotator = annotator
        self._similarity = similarity
        self._targets: dict[str, tuple[Target, Floats]] = {}

    @property
    def targets(self) -> tuple[str, ...]:
        """The ids of what is watched."""
        return tuple(self._targets)

    def take(self, change: TargetChange) -> Floats | None:
        """Takes a change in; the vector of what was watched under this id before."""
        before = self._targets.pop(change.id, None)
        if change.target is not None:
            self._targets[change.id] = change.target, self._vector(change.target.text)
        return before[1] if before is not None else None

    def near(self, claim: Held, vector: Floats) -> bool:
        """Whether a claim may bear on the target with this vector."""
        return float(claim.vector @ vector) >= self._similarity

    def stances(self, claims: Sequence[Held], targets: Iterable[str] | None = None) -> list[Stance]:
        """The stances of those claims that bear on one of `targets` (ids; None: all). A claim that is not for or
        against is left out: not relevant is not neutral."""
        chosen = [self._targets[one] for one in (self._targets if targets is None else targets)]
        return [
            stance
            for claim in claims
            for target, vector in chosen
            if self.near(claim, vector)
            if (stance := self._stance(claim, target)) is not None
        ]

    def _stance(self, claim: Held, target: Target) -> Stance | None:
        # A batch of its own: the answer does not depend on what is asked beside it.
        (scores,) = self._judge([Question(legible(claim.text), target.text)])
        best = int(scores.argmax())
        if STANCES[best] == "neutral" or float(scores[best]) < MIN_CONFIDENCE:
            return None
        label = STANCES[best]
        if claim.claim.content.denied:
            label = "against" if label == "favor" else "favor"
        about = StanceTarget("proposition", target.id, target.text)
        confidence = round(min(1.0, float(scores[best])), 4)
        return Stance(claim.claim, about, label, confidence, self._annotator)
