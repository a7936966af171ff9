from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.producers.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@given(rate=st.floats(0.1, 1000), work=st.lists(st.floats(0, 10), min_size=1, max_size=50))
def test_never_faster_than_the_rate(rate: float, work: list[float]) -> None:
    clock = Clock()
    pace = Pace(rate, clock=lambda: clock.now, sleep=clock.sleep)
    passed = []
    for seconds in work:
        pace.wait()
        passed.append(clock.now)
        clock.now += seconds
    assert all(later - earlier >= 0.999 / rate for earlier, later in pairwise(passed))


def test_without_a_rate_nothing_waits() -> None:
    clock = Clock()
    pace = Pace(None, clock=lambda: clock.now, sleep=clock.sleep)
    for _ in range(100):
        pace.wait()
    assert clock.now == 0
