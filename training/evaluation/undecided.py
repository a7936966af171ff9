"""Stands in for the stance model where only the tokens are scored."""

from collections.abc import Sequence

import numpy as np

from pipeline.language.labels import STANCES
from pipeline.language.stance_model import Question
from pipeline.language.token_model import Floats


class Undecided:
    """Every stance alike."""

    digest = "none"

    def __call__(self, questions: Sequence[Question]) -> Floats:
        """(questions, 3) of one third each."""
        return np.full((len(questions), len(STANCES)), 1 / len(STANCES), np.float32)
