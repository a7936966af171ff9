"""Which questions a pair of claims asks of the stance model, and what their answers come to."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.relating import FEATURES, SETTLED, Comparison, RelationJudge, decided, features, inferred
from pipeline.language.stance_model import Question
from pipeline.language.token_model import Floats

SAID, DENIED = "The bridge will open in May", "It will not open before the summer is over"
words = st.text(st.sampled_from("ab é’"), min_size=1, max_size=12)


class Answers:
    """Says of every question what it was told to say of its text, and remembers what it was asked."""

    digest = "none"

    def __init__(self, neutral: float) -> None:
        self.asked: list[Question] = []
        self._neutral = neutral

    def __call__(self, questions: Sequence[Question]) -> Floats:
        self.asked += questions
        against = (1 - self._neutral) / (2 + len(questions[0].text) % 7)
        return np.array([[1 - self._neutral - against, against, self._neutral]] * len(questions), np.float32)


@pytest.mark.parametrize(("neutral", "questions"), [(SETTLED + 0.01, 1), (SETTLED - 0.01, 2)])
def test_the_second_direction_is_asked_unless_the_first_has_settled_it(neutral: float, questions: int) -> None:
    answers = Answers(neutral)
    inferred(answers, Comparison(DENIED, SAID, 0.6))
    both = [Question(SAID, DENIED), Question(DENIED, SAID)]
    assert answers.asked == both[:questions]


def test_a_gap_is_read_as_three_dots() -> None:
    answers = Answers(SETTLED)
    inferred(answers, Comparison("It will … open in May", "It is open", 0.6))
    assert answers.asked == [Question("It is open", "It will ... open in May")]


def test_claims_of_one_day_are_likelier_to_be_about_one_thing() -> None:
    now, later = (features(Comparison(SAID, DENIED, 0.6, days=days), np.full(3, 1 / 3)) for days in (0.0, 7.0))
    assert np.flatnonzero(now != later).tolist() == [FEATURES - 2]


@pytest.mark.parametrize(
    ("one", "other", "order", "held"),
    [
        ("that the bridge will open in May", "The bridge will open in May", 1.0, 1.0),
        ("The bridge will open", "He said that the bridge will open in May", 0.62, 1.0),
        ("The bridge will open", "Open will the bridge", 0.5, 0.0),
        ("The bridge opens", "The bridge opens in May", 0.75, 0.0),
    ],
)
def test_the_order_of_words_and_whether_one_claim_holds_the_other(
    one: str, other: str, order: float, held: float
) -> None:
    found = features(Comparison(one, other, 0.6), np.full(3, 1 / 3))
    assert found[FEATURES - 4 : FEATURES - 2] == pytest.approx([order, held], abs=0.01)


def test_shares_of_a_survey_do_not_contradict_each_other() -> None:
    judge = RelationJudge(Answers(0.1), np.eye(FEATURES, 3, dtype=np.float32))
    plain, surveyed = judge([Comparison(SAID, DENIED, 0.6), Comparison(SAID, DENIED, 0.6, surveyed=True)])
    assert surveyed == pytest.approx([plain[0], 0.0, plain[1] + plain[2]])


@given(one=words, other=words, neutral=st.floats(0, 1, width=32))
def test_the_order_of_a_pair_makes_no_difference(one: str, other: str, neutral: float) -> None:
    forth, back = Comparison(one, other, 0.5), Comparison(other, one, 0.5)
    first, second = (features(pair, inferred(Answers(neutral), pair)) for pair in (forth, back))
    assert first.shape == (FEATURES,)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, second)


def test_who_denies_it_contradicts_who_says_it() -> None:
    judge = RelationJudge(Answers(0.1), np.eye(FEATURES, 3, dtype=np.float32))
    said, denied = judge([Comparison(SAID, DENIED, 0.6), Comparison(SAID, DENIED, 0.6, opposed=True)])
    assert said[0] > said[1]
    np.testing.assert_array_equal(denied, said[[1, 0, 2]])


def test_what_is_likelier_is_said_where_it_is_likely_enough() -> None:
    assert decided(np.array([0.1, 0.4, 0.5]), agree=0.5, contradict=0.3) == "contradict"
    assert decided(np.array([0.45, 0.4, 0.15]), agree=0.5, contradict=0.3) is None
    assert decided(np.array([0.6, 0.35, 0.05]), agree=0.5, contradict=0.3) == "agree"
