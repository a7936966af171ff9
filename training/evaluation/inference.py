"""Inference by the pair model: does a sentence entail another, contradict it, or neither."""

from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.progress import track

from pipeline.language.loading import stance_judge
from pipeline.language.stance_model import Question
from pipeline.settings import LanguageSettings
from training import corpora
from training.evaluation.figures import Figure, figure

SETS = ("snli.dev", "ling_in_loop.dev")
LABELS = ("entailment", "contradiction", "neutral")  # which the model was taught as favor, against and neutral
BATCH = 256


def inference() -> Iterator[Figure]:
    """Accuracy x 100. MultiNLI's own development set is among what the model was trained on, and cannot be asked."""
    judge = stance_judge(LanguageSettings())
    for name in SETS:
        rows = list(corpora.rows(f"nli/{name}"))
        hits = []
        for at in track(range(0, len(rows), BATCH), description=name, console=Console(stderr=True)):
            batch = rows[at : at + BATCH]
            answers = judge([Question(row["premise"], row["hypothesis"]) for row in batch]).argmax(-1)
            gold = [LABELS.index(row["label"]) for row in batch]
            hits += (answers == np.array(gold)).tolist()
        yield figure(f"inference {name}, accuracy", [(hit, 1, 1) for hit in hits])
