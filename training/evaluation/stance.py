"""Stances: the pair model on texts and targets, and the head that reads the article's own pass."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from pipeline.language import Model, calibration
from pipeline.language.attributions import Attribution
from pipeline.language.entity_stances import EntityStances, Judged
from pipeline.language.labels import STANCES
from pipeline.language.loading import stance_judge
from pipeline.language.model import MAX_WINDOW
from pipeline.language.stance_model import Question
from pipeline.language.token_model import Floats
from pipeline.records import Mention, StanceTarget
from pipeline.settings import LanguageSettings
from training import corpora, news_stances
from training.evaluation.errors import Errors, stance_errors
from training.evaluation.figures import Figure, calibration_figure, figure, macro_f1
from training.relation_set import texts
from training.stance_examples import source_span, target_span

NEWS = "claims of the news"
PAIR_SETS = (
    "emergent.dev",
    "gwsd.train",
    "newsmtsc.dev_rw",
    "newsmtsc.dev_mt",
    "directed_sentiment.dev",
    "vast.dev",
    "fnc1.dev",
    "perspectrum.dev",
    "ibm_claim_stance.train",
    "seesaw.dev",
    NEWS,
)
HEAD_SETS = ("newsmtsc.dev_rw", "newsmtsc.dev_mt", "directed_sentiment.dev", "seesaw.dev")
BATCH = 256


@dataclass
class Stances:
    """Figures, errors, and how sure each answer was where the set has all three labels."""

    figures: list[Figure] = field(default_factory=list)
    errors: Errors = field(default_factory=dict)
    confidence: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)


def chosen(name: str) -> tuple[list[dict[str, Any]], str]:
    """The rows of a set that are scored, as `score_stance` chooses them, and what to say of it."""
    if name == NEWS:
        return news_stances.questions(news_stances.read(development=True)), ""
    rows = [row for row in corpora.rows(f"stance/{name}") if row["label"] in STANCES]
    if f"stance/{name}" in corpora.UNDIVIDED:
        return [row for row in rows if corpora.held_out(row)], " (the fifth held out)"
    if name.startswith("vast"):
        return [row for row in rows if row.get("meta", {}).get("zero_shot")], ""
    if name.startswith("fnc1"):
        return [row for row in rows if row["label"] != "neutral"], " (agree and disagree)"
    return rows, ""


def add(out: Stances, what: str, note: str, rows: Sequence[dict[str, Any]], answers: Floats) -> None:
    """One set. Where its gold has two labels only, the likelier of these two counts as the answer."""
    seen = [n for n, stance in enumerate(STANCES) if any(row["label"] == stance for row in rows)]
    said = [seen[int(n)] for n in answers[:, seen].argmax(-1)]
    confusion = np.zeros((len(rows), len(seen), len(seen)))
    for n, (row, label) in enumerate(zip(rows, said, strict=True)):
        confusion[n, seen.index(STANCES.index(row["label"])), seen.index(label)] = 1
        if row["label"] != STANCES[label]:
            stance_errors(out.errors, what, row, STANCES[label])
    out.figures.append(figure(f"{what}, macro-F1{note}", confusion.reshape(len(rows), -1), macro_f1))
    if len(seen) == len(STANCES):
        hit = [row["label"] == STANCES[label] for row, label in zip(rows, said, strict=True)]
        out.confidence += answers.max(-1).tolist()
        out.right += hit
        out.figures.append(calibration_figure(f"expected calibration error, {what}", answers.max(-1), hit))


def stance() -> Stances:
    """The pair model."""
    out, judge = Stances(), stance_judge(LanguageSettings())
    for name in PAIR_SETS:
        rows, note = chosen(name)
        batches = track(range(0, len(rows), BATCH), description=name, console=Console(stderr=True))
        asked = [
            [Question(r["text"], r["target"], r["meta"].get("source")) for r in rows[n : n + BATCH]] for n in batches
        ]
        add(out, f"stance {name}", note, rows, np.concatenate([judge(each) for each in asked]))
    return out


def entity_stances(model: Model) -> Stances:
    """The head, on the sets whose targets are entities of a sentence, where these stand in it as they are called."""
    out = Stances()
    for name in HEAD_SETS:
        every, note = chosen(name)
        rows = [row for row in every if target_span(row)]
        if len(rows) < len(every):
            note += f" ({len(rows)} of {len(every)} whose target stands in the text)"
        asked = [(row["text"], of_sentence(row)) for row in rows]
        add(out, f"stance in articles {name}", note, rows, np.array(list(head_answers(model, asked, name)), np.float32))
    read = news_stances.read(development=True)
    text = texts({row["article"] for row in read})
    whole = [(text[row["article"]], one) for row in read for one, _ in news_stances.judged(row, text[row["article"]])]
    answers = np.array(list(head_answers(model, whole, NEWS)), np.float32)
    add(out, f"stance in articles {NEWS}", "", news_stances.questions(read), answers)
    return out


def of_sentence(row: dict[str, Any]) -> Judged:
    """What is asked of a row whose target stands in its text."""
    target, source, text = target_span(row), source_span(row), row["text"]
    assert target is not None
    content = ((0, source[0]), (source[1], len(text))) if source else ((0, len(text)),)
    about = StanceTarget("entity", "", row["target"])
    return Judged(0, Attribution(source, None, content, 1.0), Mention(row["target"], target), about)


def head_answers(model: Model, asked: Sequence[tuple[str, Judged]], name: str) -> Iterator[Floats]:
    """(3,) probabilities of each question about a text."""
    head = EntityStances(1, calibration.shipped().entity_stances)
    texts = groupby(track(asked, description=f"{name} in articles", console=Console(stderr=True)), itemgetter(0))
    for text, questions in texts:
        windows = model.tokeniser.windows(text, MAX_WINDOW)
        yield from head(windows, model.tokens(windows), [one for _, one in questions])
