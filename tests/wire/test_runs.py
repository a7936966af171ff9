import pytest

from pipeline.wire.runs import all_done, ends_after, share_done


@pytest.mark.parametrize(
    ("committed", "ends", "share", "done"),
    [
        ({}, {}, 1.0, True),
        ({}, {"0": 10}, 0.0, False),
        ({"0": 5}, {"0": 10}, 0.5, False),
        ({"0": 10}, {"0": 10, "1": 10}, 0.5, False),
        # Markers of transactions lie after the last record: what is committed may be more.
        ({"0": 12, "1": 10}, {"0": 10, "1": 10}, 1.0, True),
    ],
)
def test_how_much_is_done(committed: dict[str, int], ends: dict[str, int], share: float, done: bool) -> None:
    assert share_done(committed, ends) == share
    assert all_done(committed, ends) is done


def test_what_was_sent_before_does_not_count() -> None:
    assert share_done({"0": 105}, {"0": 110}, {"0": 100}) == 0.5


def test_the_end_moves_on() -> None:
    assert ends_after({"0": 4}, [(0, 7), (1, 0), (0, 5)]) == {"0": 8, "1": 1}
