"""Fit what brings confidence to the share of answers that are right: `python -m training.calibrate`, after an export.

Claims on the development articles of PolNeAR: right is one whose content shares half of its words (of those of both)
with a gold attribution's whose source it overlaps. Stances on development sets with all three labels: the pair model on
the likes of what it is asked, the head on those whose targets are entities of a sentence.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np
import numpy.typing as npt
import orjson
from rich.console import Console
from rich.progress import track
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from pipeline.language import Model
from pipeline.language.calibration import NAME, Calibration, log_odds, tempered
from pipeline.language.entity_stances import EntityStances
from pipeline.language.labels import STANCES
from pipeline.language.loading import stance_judge, tokeniser
from pipeline.language.model import MAX_WINDOW
from pipeline.language.stance_model import Question
from pipeline.language.token_model import Floats
from pipeline.language.weights import FOLDER
from pipeline.records import Article
from pipeline.settings import LanguageSettings
from training import corpora, news_stances
from training.correct import right
from training.evaluation.figures import calibration_figure
from training.evaluation.undecided import Undecided
from training.export import enter
from training.fit_entity_stances import read
from training.stance_examples import article_examples, sentence_examples

PAIR_SETS = ("emergent.dev", "newsmtsc.dev_rw", "newsmtsc.dev_mt", "directed_sentiment.dev", "vast.dev")
HEAD_SETS = ("newsmtsc.dev_rw", "newsmtsc.dev_mt", "directed_sentiment.dev")
BATCH = 256

Labels = npt.NDArray[np.int64]


def claims(model: Model) -> tuple[Floats, Labels, list[str]]:
    """(claims,) log-odds as the model has them, whether each is right, and its article."""
    model.stance, model.calibration = Undecided(), Calibration()
    odds, correct, articles = [], [], []
    for row in track(list(corpora.rows("attribution/polnear.dev")), description="claims", console=Console(stderr=True)):
        (annotated,) = model.annotate([Article(id=row["id"], body=row["text"], language="en")])
        for claim in annotated.claims:
            odds.append(log_odds(claim.confidence))
            correct.append(int(right(row["text"], claim, row["attributions"])))
            articles.append(row["id"])
    return np.array(odds, np.float32), np.array(correct), articles


def pairs(settings: LanguageSettings) -> tuple[Floats, Labels]:
    """(pairs, 3) log-probabilities of the pair model, and (pairs,) gold labels."""
    judge = stance_judge(settings)
    judge.temperature = 1.0  # type: ignore[attr-defined]  # the shipped one, unless the settings name another
    rows = [row for name in PAIR_SETS for row in corpora.rows(f"stance/{name}") if row["label"] in STANCES]
    rows += news_stances.questions(news_stances.read(development=True))
    answers = []
    for at in track(range(0, len(rows), BATCH), description="pairs", console=Console(stderr=True)):
        asked = [Question(r["text"], r["target"], r["meta"].get("source")) for r in rows[at : at + BATCH]]
        answers.append(judge(asked))
    return np.log(np.maximum(np.concatenate(answers), 1e-9)), np.array([STANCES.index(r["label"]) for r in rows])


def head() -> tuple[Floats, Labels]:
    """The same of the head that reads the article's own pass."""
    cut = tokeniser()
    told = [example for name in HEAD_SETS for example, _ in sentence_examples(cut, f"stance/{name}")]
    for row in news_stances.articles(news_stances.read(development=True)):
        told += article_examples(cut, row, MAX_WINDOW)
    parts, gold = read(told)
    return EntityStances(1, 1.0).session.run(("stances",), {"parts": parts})[0], gold.argmax(-1)


def line(odds: Floats, correct: Labels) -> tuple[float, float]:
    """Slope and intercept of Platt's line."""
    fitted = LogisticRegression(C=1e3).fit(odds[:, None], correct)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def temperature(scores: Floats, gold: Labels) -> float:
    """The one under which the gold labels are likeliest."""

    def loss(t: float) -> float:
        return -float(np.log(np.maximum(tempered(scores, t)[np.arange(len(gold)), gold], 1e-12)).mean())

    return float(minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded").x)


def folds(count: int, groups: Sequence[str] | None, fit: Callable[[Labels, Labels], Floats]) -> Floats:
    """(count,) confidences, each by what was fitted to the other four fifths."""
    out = np.zeros(count, np.float32)
    kinds = groups or [str(n % 5) for n in range(count)]
    for train, test in GroupKFold(5).split(np.zeros(count), groups=kinds):
        out[test] = fit(train, test)
    return out


def report(what: str, before: Floats, after: Floats, correct: Labels) -> None:
    """One line of figures."""
    raw, now = (calibration_figure(what, each, correct).value for each in (before, after))
    share = f"{len(correct)}, of which {100 * correct.mean():.1f} % right"
    print(f"{what}: {share}; calibration error {raw:.1f}, cross-validated after the fit {now:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true", help="print the figures, write nothing")
    args = parser.parse_args()
    settings = LanguageSettings()
    odds, correct, articles = claims(Model.load(settings))
    slope, intercept = line(odds, correct)
    raw = np.array([1 / (1 + np.exp(-each)) for each in odds])

    def platt(train: Labels, test: Labels) -> Floats:
        a, b = line(odds[train], correct[train])
        return np.array([Calibration(a, b).claim(each) for each in raw[test]], np.float32)

    report("claims", raw, folds(len(odds), articles, platt), correct)
    found = Calibration(slope, intercept)
    for what, (scores, gold) in (("stance", pairs(settings)), ("entity_stances", head())):
        hit = (scores.argmax(-1) == gold).astype(np.int64)

        def scaled(train: Labels, test: Labels, s: Floats = scores, g: Labels = gold) -> Floats:
            likeliest: Floats = tempered(s[test], temperature(s[train], g[train])).max(-1)
            return likeliest

        report(what, tempered(scores, 1.0).max(-1), folds(len(gold), None, scaled), hit)
        found = replace(found, **{what: temperature(scores, gold)})
    print(found)
    if not args.dry:
        path = FOLDER / f"{NAME}.json"
        rounded = {name: round(value, 4) for name, value in asdict(found).items()}
        path.write_bytes(orjson.dumps(rounded, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        enter(NAME, path)


if __name__ == "__main__":
    main()
