from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.language.decoding import Cue, attributions, bio_runs, cues, entity_runs, initial, transitions, viterbi
from pipeline.language.labels import ENTITY_LABELS, ROLE_LABELS
from pipeline.language.token_model import Floats, Scores


def log_softmax(x: npt.NDArray[np.float64]) -> Floats:
    shifted = x - x.max(-1, keepdims=True)
    scores: Floats = (shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))).astype(np.float32)
    return scores


def random_scores(seed: int, words: int) -> Scores:
    rng = np.random.default_rng(seed)
    cues = log_softmax(rng.normal(size=(words, 3)) * 3)
    return Scores(log_softmax(rng.normal(size=(words, 19)) * 3), cues, np.zeros((words, 4), np.float32))


def random_roles(seed: int, words: int) -> Floats:
    return log_softmax(np.random.default_rng(seed).normal(size=(words, 5)) * 3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.floats(0, 3))
def test_viterbi_finds_the_best_permitted_path(seed: int, words: int, cost: float) -> None:
    scores = random_roles(seed, words)[None]
    costs = {"source": cost, "content": 2 * cost}
    steps, start = transitions(ROLE_LABELS, costs), initial(ROLE_LABELS, costs)

    def value(path: tuple[int, ...]) -> float:
        total = start[path[0]] + scores[0, 0, path[0]]
        return float(total + sum(steps[a, b] + scores[0, n + 1, b] for n, (a, b) in enumerate(pairwise(path))))

    best = max(product(range(5), repeat=words), key=value)
    before = scores.copy()
    assert value(tuple(viterbi(scores, steps, start)[0].tolist())) == pytest.approx(value(best), abs=1e-4)
    assert np.array_equal(scores, before)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30))
def test_entities_do_not_overlap_and_stay_in_order(seed: int, words: int) -> None:
    reached = 0
    for (start, end), _ in entity_runs(random_scores(seed, words)):
        assert reached <= start < end <= words
        reached = end


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 20), st.integers(1, 20))
def test_attributions_have_a_content_and_runs_inside_the_block_of_their_cue(seed: int, words: int, size: int) -> None:
    blocks = np.arange(words) // size
    given = cues(random_scores(seed, words), blocks, threshold=0.0)
    assert [cue.run[0] for cue in given] == list(range(words))
    scores = [random_roles(seed + n, cue.block[1] - cue.block[0]) for n, cue in enumerate(given)]
    for cue, roles in zip(given, attributions(given, scores), strict=True):
        assert cue.block[0] <= cue.run[0] < cue.block[1]
        if roles is None:
            continue
        assert roles.content
        assert 0 <= roles.confidence <= 1
        for start, end in [roles.cue, *roles.content, *([roles.source] if roles.source else [])]:
            assert 0 <= start < end <= words
        for start, end in [*roles.content, *([roles.source] if roles.source else [])]:
            assert {blocks[roles.cue[0]]} == set(blocks[start:end])
        assert all(a[1] <= b[0] for a, b in pairwise(roles.content))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 12), min_size=2, max_size=4))
def test_an_attribution_does_not_depend_on_those_beside_it(seed: int, sizes: list[int]) -> None:
    given = [Cue((0, 1), (0, size), 0.9) for size in sizes]
    scores = [random_roles(seed + n, size) for n, size in enumerate(sizes)]
    alone = [attributions([cue], [score])[0] for cue, score in zip(given, scores, strict=True)]
    assert attributions(given, scores) == alone


def test_runs_of_a_path_are_read_with_their_kind() -> None:
    labels = ("O", "B-Person", "I-Person", "B-Date", "I-Date")
    assert bio_runs(np.array([1, 2, 0, 3, 1]), labels) == [((0, 2), "Person"), ((3, 4), "Date"), ((4, 5), "Person")]


def test_an_inside_without_a_beginning_is_repaired() -> None:
    scores = np.full((2, len(ENTITY_LABELS)), -9.0)
    scores[0, 0], scores[1, ENTITY_LABELS.index("I-Person")] = 0.0, 0.0
    scores[1, ENTITY_LABELS.index("B-Person")] = -1.0
    nothing = random_scores(0, 2)
    assert entity_runs(Scores(log_softmax(scores), nothing.cues, nothing.vectors)) == [((1, 2), "Person")]
