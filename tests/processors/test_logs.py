import logging

import pytest

from pipeline.processors.logs import FloodFilter


def record(name: str, message: object, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, message, arguments, None)


def test_a_librarys_flood_is_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("pipeline.processors.logs.time.monotonic", lambda: now[0])
    flood = FloodFilter()
    passed = [flood.filter(record("aiokafka", "lost %s", number)) for number in range(100)]
    assert sum(passed) == 2
    assert flood.filter(record("aiokafka", "something else"))
    now[0] = 61.0
    later = record("aiokafka", "lost %s", 100)
    assert flood.filter(later)
    assert later.getMessage() == "lost 100 (and 98 times more)"


def test_our_own_lines_are_all_written() -> None:
    flood = FloodFilter()
    assert all(flood.filter(record("pipeline.wire", "took %s", number)) for number in range(100))


def test_a_message_that_is_no_text() -> None:
    assert FloodFilter().filter(record("faust", ValueError("x")))
