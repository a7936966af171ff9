import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.calibration import Calibration, shipped, tempered

SCORES = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_claim_that_was_likelier_stays_so(one: float, other: float) -> None:
    fitted = Calibration(slope=0.6, intercept=-0.3)
    low, high = sorted((one, other))
    assert 0 <= fitted.claim(low) <= fitted.claim(high) <= 1


@given(st.floats(0.001, 0.999))
def test_nothing_fitted_changes_nothing(raw: float) -> None:
    assert Calibration().claim(raw) == pytest.approx(raw)


@given(st.floats(0.3, 5))
def test_a_temperature_keeps_the_likeliest_label(temperature: float) -> None:
    scaled = tempered(SCORES, temperature)
    assert scaled.sum(-1) == pytest.approx(1)
    assert scaled.argmax(-1).tolist() == SCORES.argmax(-1).tolist()


def test_heat_makes_less_sure() -> None:
    assert tempered(SCORES, 2.0).max() < tempered(SCORES, 1.0).max() == pytest.approx(0.8)


def test_that_of_the_shipped_weights_is_usable() -> None:
    fitted = shipped()
    assert min(fitted.slope, fitted.stance, fitted.entity_stances) > 0
