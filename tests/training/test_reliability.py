import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.reliability import expected_calibration_error


def test_what_is_right_as_often_as_it_says_has_no_error() -> None:
    stated = np.repeat([0.25, 0.75], 40)
    assert expected_calibration_error(stated, [1, 0, 0, 0] * 10 + [1, 1, 1, 0] * 10, bins=2) == pytest.approx(0)


def test_the_error_is_how_far_it_is_off() -> None:
    assert expected_calibration_error([0.9] * 10, [1, 0] * 5, bins=1) == pytest.approx(0.4)
    assert expected_calibration_error([1.0, 0.0], [0, 1], bins=2) == pytest.approx(1)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_it_is_a_share(answers: list[tuple[float, bool]]) -> None:
    stated, correct = zip(*answers, strict=True)
    assert 0 <= expected_calibration_error(stated, correct) <= 1
