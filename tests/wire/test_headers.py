from datetime import datetime, timedelta, timezone

import pytest

from pipeline.wire.headers import event_headers, header
from tests.samples import NOON

TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_cloud_event_has_every_required_attribute() -> None:
    headers = dict(event_headers(type="claimwire.claim", source="/claimwire/annotator/1", id="clm_1@2", time=NOON))
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"clm_1@2",
        "ce_source": b"/claimwire/annotator/1",
        "ce_type": b"claimwire.claim",
        "ce_time": b"2024-04-08T12:00:00.000Z",
        "content-type": b"application/json",
    }


def test_the_trace_goes_on_and_nothing_else_of_what_came() -> None:
    received = [("traceparent", TRACE), ("tracestate", b"a=1"), ("ce_id", b"theirs"), ("content-type", b"text/html")]
    headers = event_headers(type="t", source="/s", id="ours", time=NOON, received=received)
    assert ("traceparent", TRACE) in headers
    assert ("tracestate", b"a=1") in headers
    assert [value for name, value in headers if name in ("ce_id", "content-type")] == [b"ours", b"application/json"]


def test_times_are_in_utc() -> None:
    berlin = datetime(2024, 4, 8, 14, tzinfo=timezone(timedelta(hours=2)))
    assert header(event_headers(type="t", source="/s", id="i", time=berlin), "ce_time") == "2024-04-08T12:00:00.000Z"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([], None),
        ([("Content-Type", b"text/plain")], "text/plain"),
        ([("content-type", b"a"), ("content-type", b"b")], "b"),
        ([("content-type", b"\xff")], "\ufffd"),
        ([("content-type", None)], None),
    ],
)
def test_any_producers_headers_can_be_read(headers: list[tuple[str, bytes]], found: str | None) -> None:
    assert header(headers, "content-type") == found
