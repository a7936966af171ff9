"""Fit the weights of the relation judge: `python -m training.train_relations`, after `training.calibrate`.

Multinomial logistic regression on what the stance model says of a pair, one way or both, what its words show, and the
days between its articles.
Prints the figures of five-fold cross-validation over articles: each pair is judged by weights that have not seen it.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import GroupKFold

from pipeline.language.clauses import states_something
from pipeline.language.loading import stance_judge, tokeniser
from pipeline.language.relating import RELATIONS, Comparison, decided, features, inferred
from pipeline.language.token_model import Floats
from pipeline.language.vectors import SentenceVectors
from pipeline.language.weights import FOLDER
from pipeline.settings import LanguageSettings, RelationsSettings
from training.export import enter
from training.relation_set import LabelledPair, labelled

STRENGTH = 0.3  # inverse of the regularisation
# What the processor compares holds few contradictions; a set that was made to tell judges apart holds as many as not.
SHARES = {"agree": 0.3, "contradict": 0.3, "other": 0.4}
# Contradictions are one pair in fifteen: unweighted, few would ever be found.
EMPHASIS = {RELATIONS.index("agree"): 1.0, RELATIONS.index("contradict"): 2.0, RELATIONS.index("other"): 1.0}


def described(pairs: Sequence[LabelledPair]) -> Floats:
    """(pairs, FEATURES)."""
    vector, judge = SentenceVectors.load(tokeniser()), stance_judge(LanguageSettings())
    rows = []
    for pair in pairs:
        comparison = Comparison(pair.one, pair.other, float(vector(pair.one) @ vector(pair.other)), pair.days)
        rows.append(features(comparison, inferred(judge, comparison)))
    return np.array(rows, np.float32)


def fitted(inputs: Floats, labels: Floats) -> Floats:
    """(FEATURES, 3) weights; the last feature is the constant one."""
    model = LogisticRegression(C=STRENGTH, max_iter=2000, fit_intercept=False, class_weight=EMPHASIS)
    weights: Floats = model.fit(inputs, labels).coef_.T.astype(np.float32)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry", action="store_true", help="print the figures, write nothing")
    args = parser.parse_args()
    every = labelled()
    pairs = [pair for pair in every if states_something(pair.one) and states_something(pair.other)]
    labels = np.array([RELATIONS.index(pair.label) for pair in pairs])
    inputs = described(pairs)
    settings = RelationsSettings()
    odds = np.zeros((len(pairs), len(RELATIONS)), np.float32)
    for train, test in GroupKFold(5).split(inputs, labels, [pair.story for pair in pairs]):
        logits = inputs[test] @ fitted(inputs[train], labels[train])
        odds[test] = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    said = [decided(each, agree=settings.min_agree, contradict=settings.min_contradict) or "other" for each in odds]
    gold = [RELATIONS[n] for n in labels]
    print(f"{len(pairs)} pairs of claims that state something (of {len(every)} read), cross-validated")
    print(classification_report(gold, said, labels=RELATIONS, digits=3, zero_division=0))
    print(f"the same, each label weighted to its share of a set in balance: {SHARES}")
    weight = [SHARES[label] / gold.count(label) for label in gold]
    print(classification_report(gold, said, labels=RELATIONS, digits=3, zero_division=0, sample_weight=weight))
    if not args.dry:
        path = FOLDER / "relations.npy"
        np.save(path, fitted(inputs, labels), allow_pickle=False)
        enter("relations", path)


if __name__ == "__main__":
    main()
