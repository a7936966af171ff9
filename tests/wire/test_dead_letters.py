from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ArticleTooLarge, EmptyArticle, MissingKey
from pipeline.records import DeadLetterHeader
from pipeline.wire.dead_letters import RETRIED, DeadLetter, Failure, dead_letter
from pipeline.wire.headers import Headers
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.partition import partition_for
from pipeline.wire.received import Received

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NAMES = st.sampled_from([*(name.value for name in DeadLetterHeader), RETRIED, "content-type"]) | st.text(max_size=5)
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=5)), max_size=5)


def letter(record: Received, failure: Failure, largest: int = 100_000) -> Outgoing:
    return dead_letter(
        record,
        failure,
        group="t.annotator",
        destination=Destination("t.", {"t.dead-letters": 4}),
        largest=largest,
        now=NOW,
    )


def back(outgoing: Outgoing) -> DeadLetter:
    return DeadLetter.of(
        Received(outgoing.topic, outgoing.partition, 0, 0, outgoing.key, outgoing.value, outgoing.headers)
    )


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return caught


@given(st.none() | st.binary(max_size=9), st.none() | st.binary(max_size=9), HEADERS, st.integers(0, 7))
def test_a_record_comes_back_untouched(
    key: bytes | None, value: bytes | None, headers: Headers, partition: int
) -> None:
    record = Received("t.articles.raw", partition, 17, 1_700_000_000_123, key, value, headers)
    outgoing = letter(record, Failure("decode", [EmptyArticle(item=3), EmptyArticle(item="b")], attempts=2))
    found = back(outgoing)
    assert (found.key, found.value, found.received) == (key, value, headers)
    assert outgoing.partition == (partition % 4 if key is None else partition_for(key, 4))
    assert found.reason == "empty"
    assert {name.name: text for name, text in found.said.items() if name is not DeadLetterHeader.VERSION} == {
        "REASON": "empty",
        "MESSAGE": "empty: no headline and no body (item 3)",
        "EXCEPTION": "pipeline.errors.EmptyArticle",
        "ITEM": "3, b",
        "STAGE": "decode",
        "ATTEMPTS": "2",
        "TIME": "2026-11-24T09:30:00.000Z",
        "TOPIC": "t.articles.raw",
        "PARTITION": str(partition),
        "OFFSET": "17",
        "TIMESTAMP": "2023-11-14T22:13:20.123Z",
        "GROUP": "t.annotator",
    }


def test_an_unforeseen_error_says_where_and_not_what() -> None:
    error = raised(ValueError("the secret body of the article"))
    said = back(letter(Received("t", 0, 0, 0, b"k", b"v", []), Failure("annotate", [error]))).said
    assert said[DeadLetterHeader.REASON] == "error"
    assert said[DeadLetterHeader.MESSAGE].startswith("ValueError at test_dead_letters.py:")
    assert "secret" not in str(said)
    assert not Failure("annotate", [error, EmptyArticle()]).refused


def test_messages_are_cut() -> None:
    said = back(letter(Received("t", 0, 0, 0, b"k", b"v", []), Failure("decode", [MissingKey("k" * 1000)]))).said
    assert len(said[DeadLetterHeader.MESSAGE]) == 300
    many = back(letter(Received("t", 0, 0, 0, b"k", b"v", []), Failure("d", [EmptyArticle(item=n) for n in range(99)])))
    assert many.said[DeadLetterHeader.ITEM].endswith(", 19 and 79 more")


def test_a_value_that_the_topic_does_not_take_is_left_out_and_said_to_be() -> None:
    record = Received("t", 0, 0, 0, b"k", b"v" * 90_000, [])
    found = back(letter(record, Failure("decode", [ArticleTooLarge(90_000, 10, "bytes")])))
    assert (found.value, found.said[DeadLetterHeader.OMITTED]) == (b"", "90000")


def test_a_count_that_is_none_is_zero() -> None:
    for text in (b"x", b"-1", b"", "²".encode()):
        assert (
            back(letter(Received("t", 0, 0, 0, b"k", b"", [(RETRIED, text)]), Failure("d", [EmptyArticle()]))).retries
            == 0
        )
