import logging
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import EmptyArticle
from pipeline.processors.log_lines import AsJson, ForPeople, described, said


def line(error: BaseException | None = None, **extra: Any) -> logging.LogRecord:
    info: Any = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("pipeline.x", logging.ERROR, "x.py", 1, "gave up %s", ("a7",), info)
    vars(record).update(extra)
    return record


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_a_line_is_an_object_with_its_ids() -> None:
    found = orjson.loads(AsJson("annotator").format(line(partition=2, offset=4711)))
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "ERROR",
        "service": "annotator",
        "logger": "pipeline.x",
        "message": "gave up a7",
        "partition": 2,
        "offset": 4711,
    }


def test_no_form_quotes_what_an_error_tripped_over() -> None:
    error = raised(ValueError("words of an article"), raised(KeyError("more words")))
    for formatter in (AsJson("annotator"), ForPeople("annotator")):
        text = formatter.format(line(error))
        assert "words" not in text
        assert "ValueError" in text
        assert "KeyError" in text
        assert "in raised" in text


def test_errors_that_are_known_say_all() -> None:
    assert said(EmptyArticle()) == "EmptyArticle: empty: no headline and no body"
    assert "No such file" in said(raised(FileNotFoundError(2, "No such file or directory")))


def test_a_chain_that_bites_its_tail_ends() -> None:
    error = ValueError()
    error.__context__ = error
    assert described((ValueError, error, None)) == "ValueError"


@given(st.text())
def test_any_message_is_one_line(text: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (text,), None)
    written = AsJson("x").format(record)
    assert "\n" not in written
    assert orjson.loads(written)["message"] == text
