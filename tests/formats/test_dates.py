from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.formats import dates

MOMENT = datetime(2024, 4, 5, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2024-04-05T14:30:00Z",
        "2024-04-05T16:30:00+02:00",
        "20240405T163000+0200",
        "20240405T1430Z",
        "2024-04-05T16:30:00 +02:00",
        "2024-04-05 14:30:00 UTC",
        "2024-04-05 14:30:00",
        "Fri, 05 Apr 2024 16:30:00 +0200",
        "Fri, 5 Apr 2024 14:30:00 GMT",
        " 2024-04-05T14:30:00.000Z\n",
    ],
)
def test_one_moment_in_many_forms(text: str) -> None:
    assert dates.parsed(text) == MOMENT


@pytest.mark.parametrize("text", ["2024-04-05", "20240405", "20240405+0200", "2024-04-05Z"])
def test_a_day_begins_at_midnight_utc(text: str) -> None:
    assert dates.parsed(text) == datetime(2024, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "soon", "2024-13-01", "0001-01-01T00:00:00+10:00", 7, [], "2" * 100])
def test_no_time(value: object) -> None:
    assert dates.parsed(value) is None


@given(st.text())
def test_no_text_fails(text: str) -> None:
    moment = dates.parsed(text)
    assert moment is None or moment.tzinfo is UTC


@given(st.datetimes(timezones=st.timezones()))
def test_every_time_is_read_back(moment: datetime) -> None:
    expected = dates.utc(moment.replace(microsecond=0))
    if moment.utcoffset() and moment.utcoffset().seconds % 60 == 0:  # type: ignore[union-attr]
        assert dates.parsed(moment.replace(microsecond=0).isoformat()) == expected
