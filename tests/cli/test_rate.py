import click
import pytest

from pipeline.cli.rate import Rate


@pytest.mark.parametrize(
    ("said", "in_a_second"),
    [("5", 5.0), ("5/s", 5.0), ("0.5/s", 0.5), ("300/m", 5.0), ("18000/h", 5.0), (2.5, 2.5)],
)
def test_so_many_in_a_time(said: object, in_a_second: float) -> None:
    assert Rate().convert(said, None, None) == in_a_second


@pytest.mark.parametrize("said", ["", "/s", "5/", "5/d", "5/s/s", "fast", "0", "0/s", "-1/s", "nan", "inf/s", "1e-400"])
def test_what_is_no_rate_is_named(said: str) -> None:
    with pytest.raises(click.BadParameter, match="is not"):
        Rate().convert(said, None, None)
