from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wire.start import Start


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("beginning", "beginning"),
        ("now", "now"),
        ("0", 0),
        ("4711", 4711),
        ("2024-04-08", datetime(2024, 4, 8, tzinfo=UTC)),
        ("2024-04-08T12:30", datetime(2024, 4, 8, 12, 30, tzinfo=UTC)),
        ("2024-04-08T12:30Z", datetime(2024, 4, 8, 12, 30, tzinfo=UTC)),
        ("2024-04-08T12:30+02:00", datetime(2024, 4, 8, 12, 30, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_what_people_write(text: str, at: object) -> None:
    assert Start.parse(text).at == at


@pytest.mark.parametrize("text", ["", "yesterday", "-5", "1.5", "2024-13-01", "٣", "NOW"])
def test_what_is_none_of_these_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        Start.parse(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_time_comes_back(moment: datetime) -> None:
    assert Start.parse(moment.isoformat()).at == moment
