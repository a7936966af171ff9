import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.figures import calibration_figure, f1, figure, macro_f1

COUNTS = st.lists(st.tuples(st.integers(0, 5), st.integers(5, 9), st.integers(5, 9)), min_size=2, max_size=40)


@given(COUNTS)
def test_a_figure_is_that_of_all_documents_together(counts: list[tuple[int, int, int]]) -> None:
    hits, predicted, gold = np.sum(counts, 0)
    found = figure("x", counts)
    assert found.value == pytest.approx(200 * hits / (predicted + gold))
    assert 0 <= found.low <= found.high <= 100


def test_documents_that_are_alike_leave_no_doubt() -> None:
    found = figure("x", [(3, 4, 4)] * 20)
    assert (found.low, found.value, found.high) == pytest.approx((75, 75, 75))


def test_more_documents_narrow_the_interval() -> None:
    few = figure("x", [(4, 4, 4), (0, 4, 4)] * 5)
    many = figure("x", [(4, 4, 4), (0, 4, 4)] * 500)
    assert few.high - few.low > 3 * (many.high - many.low)
    assert few == figure("x", [(4, 4, 4), (0, 4, 4)] * 5)


def test_nothing_to_find_and_nothing_found_is_no_score() -> None:
    assert f1(np.zeros((2, 3))).tolist() == [0, 0]


def test_macro_f1_weighs_labels_alike() -> None:
    confusion = np.array([90, 10, 0, 0, 0, 0, 5, 5, 0], float)  # gold by row: never the second label, never the third
    assert macro_f1(confusion) == pytest.approx((200 * 90 / 195 + 0 + 0) / 3)


def test_what_is_right_as_often_as_it_says_has_no_error() -> None:
    stated = np.repeat([0.25, 0.75], 40)
    right = [1, 0, 0, 0] * 10 + [1, 1, 1, 0] * 10
    assert calibration_figure("x", stated, right, bins=2).value == pytest.approx(0)
    assert calibration_figure("x", [0.9] * 10, [1, 0] * 5, bins=1).value == pytest.approx(40)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_is_a_share(answers: list[tuple[float, bool]]) -> None:
    stated, right = zip(*answers, strict=True)
    assert 0 <= calibration_figure("x", stated, right).value <= 100
