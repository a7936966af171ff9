import pytest

from pipeline.processors.breaker import Breaker, BreakerOpen


def breaker(in_a_row: int = 5, share: float = 0.5, window: int = 20) -> Breaker:
    return Breaker("failures", in_a_row=in_a_row, share=share, window=window, advice="Mend it.")


def test_failures_in_a_row_open_it() -> None:
    one = breaker()
    for failed in (True, True, True, True, False, True, True, True, True):
        one.add(failed)
    with pytest.raises(BreakerOpen, match=r"5 failures in a row\. Mend it\."):
        one.add(True)


def test_a_share_of_a_full_window_opens_it() -> None:
    one = breaker(window=10)
    for failed in [True, False] * 4 + [False]:
        one.add(failed)
    with pytest.raises(BreakerOpen, match="5 of the last 10 were failures"):
        one.add(True)


def test_a_success_never_opens_it() -> None:
    one = breaker(share=0.1, window=3)
    one.add(True)
    for _ in range(100):
        one.add(False)
