import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.language.decoding import Cue
from pipeline.language.role_model import RoleModel

WIDTH = 384


@pytest.fixture(scope="module")
def roles() -> RoleModel:
    return RoleModel(threads=1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), size=st.integers(1, 40), first=st.integers(0, 39), length=st.integers(1, 40))
def test_a_block_is_scored_as_it_would_be_within_the_whole_window(
    roles: RoleModel, seed: int, size: int, first: int, length: int
) -> None:
    vectors = np.random.default_rng(seed).normal(size=(size, WIDTH)).astype(np.float32)
    start = min(first, size - 1)
    end = min(size, start + length)
    whole, part, other = roles(
        [vectors, vectors, vectors[:1]],
        [Cue((start, start + 1), (0, size), 1.0), Cue((start, start + 1), (start, end), 1.0), Cue((0, 1), (0, 1), 1.0)],
    )
    assert (whole.shape, other.shape) == ((size, 5), (1, 5))
    assert part == pytest.approx(whole[start:end], abs=1e-4)
    assert np.exp(whole).sum(-1) == pytest.approx(np.ones(size), abs=1e-4)


def test_no_cue_has_no_roles(roles: RoleModel) -> None:
    assert roles([], []) == []
