import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.batches import batches, padded


@given(st.lists(st.integers(1, 300)), st.integers(1, 2000))
def test_batches_hold_every_input_once_within_the_budget(lengths: list[int], budget: int) -> None:
    made = list(batches(lengths, budget))
    assert sorted(n for batch in made for n in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) == 1 or max(lengths[n] for n in batch) * len(batch) <= budget


def test_padding_is_zeros_on_the_right() -> None:
    assert padded([np.array([1, 2, 3]), np.array([4])]).tolist() == [[1, 2, 3], [4, 0, 0]]
