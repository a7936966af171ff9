"""What comparing claims takes, as one object: load once, in one thread."""

from collections.abc import Callable
from dataclasses import dataclass

import pipeline
from pipeline.language import weights
from pipeline.language.loading import stance_judge, tokeniser
from pipeline.language.relating import PairJudge, RelationJudge
from pipeline.language.stance_model import StanceJudge
from pipeline.language.token_model import Floats
from pipeline.language.vectors import WIDTH, SentenceVectors
from pipeline.records import Annotator
from pipeline.settings import LanguageSettings


@dataclass(frozen=True, slots=True)
class RelationModel:
    """`vector`: (width,) of a text, of unit length. `stance`: of a text toward a proposition. `relation`: of pairs."""

    vector: Callable[[str], Floats]
    width: int
    stance: StanceJudge
    relation: PairJudge
    annotator: Annotator

    @classmethod
    def load(cls, settings: LanguageSettings) -> "RelationModel":
        """The shipped models, or the user's own stance model. Raises ModelNotFound, WeightsCorrupt."""
        stance = stance_judge(settings)
        models = {"stance": stance.digest, "relations": weights.digest("relations")}
        return cls(
            SentenceVectors.load(tokeniser()),
            WIDTH,
            stance,
            RelationJudge.load(stance),
            Annotator(pipeline.__version__, models),
        )
