from hypothesis import given
from hypothesis import strategies as st

from training.batching import grouped


@given(st.lists(st.integers(1, 300)), st.integers(1, 2048), st.integers(1, 64))
def test_every_example_comes_once_within_the_budget(lengths: list[int], pieces: int, pool: int) -> None:
    made = list(grouped(lengths, int, pieces, pool))
    assert sorted(n for group in made for n in group) == sorted(lengths)
    assert all(len(group) == 1 or max(group) * len(group) <= pieces for group in made)
