import random

import numpy as np

from pipeline.language.labels import ENTITY_LABELS, ROLE_LABELS
from pipeline.language.loading import tokeniser
from tests.training.conftest import Writer
from training.examples import allowed, attribution_examples, entity_examples

TEXT = "“It leaks,” said Jun Halvard, “every day.”"


def spans(*words: str) -> list[list[int]]:
    return [[TEXT.index(w), TEXT.index(w) + len(w)] for w in words]


def test_an_attribution_labels_its_cue_and_the_roles_given_it(corpus: Writer) -> None:
    attribution = {
        "source": spans("Jun Halvard"),
        "cue": spans("said"),
        "content": spans("“It leaks,”", "“every day.”"),
    }
    corpus("attribution/tiny", [{"id": "1", "text": TEXT, "attributions": [attribution]}])
    (example,) = attribution_examples(tokeniser(), "attribution/tiny", random.Random(1))
    words = [TEXT[s:e] for s, e in example.window.spans]
    assert example.cues is not None
    assert [w for w, label in zip(words, example.cues, strict=True) if label] == ["said"]
    (labels,) = example.roles.values()
    named = [(w, ROLE_LABELS[label]) for w, label in zip(words, labels, strict=True) if label]
    assert named[0] == ("“", "B-content")
    assert ("Jun", "B-source") in named
    assert ("Halvard", "I-source") in named
    assert [label for _, label in named].count("B-content") == 2


def test_an_entity_allows_one_label_and_a_coarse_one_any_that_it_may_be(corpus: Writer) -> None:
    row = {"id": "1", "doc": "a", "tokens": ["Calvenna", "slept"], "tags": ["B-LOC", "O"]}
    corpus("ner/coarse", [row])
    (coarse,) = entity_examples(tokeniser(), "ner/coarse", "conll", random.Random(2))
    assert coarse.entities is not None
    first, second = ({ENTITY_LABELS[i] for i in np.flatnonzero(word)} for word in coarse.entities)
    assert first == {"B-Location", "B-Facility"}
    assert second == {"O", "B-Date", "I-Date", "B-Money", "I-Money"}
    assert allowed("I-Person", "native") == [ENTITY_LABELS.index("I-Person")]
