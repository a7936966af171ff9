from hypothesis import given
from hypothesis import strategies as st

from pipeline.serving.rates import _MOST_KEYS, Rates


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_so_many_a_second() -> None:
    clock = Clock()
    rates = Rates(2.0, 3, clock)
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert rates.wait("b") == 0
    clock.now += 0.5
    assert rates.wait("a") == 0
    assert rates.wait("a") > 0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_never_more_than_the_rate_allows(pauses: list[float]) -> None:
    clock = Clock()
    rates = Rates(1.5, 4, clock)
    allowed = 0
    for pause in pauses:
        clock.now += pause
        allowed += rates.wait("a") == 0
    assert allowed <= 4 + 1.5 * clock.now + 1e-6


def test_it_does_not_grow_without_end() -> None:
    rates = Rates(1.0, 1)
    for number in range(_MOST_KEYS + 100):
        rates.wait(str(number))
    assert len(rates._left) == _MOST_KEYS
