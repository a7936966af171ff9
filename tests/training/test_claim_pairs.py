"""Pairs of claims that the stance model is trained on."""

from collections import Counter

import orjson

from training.claim_pairs import READ, WRITTEN, both_ways, rows
from training.relation_set import PATH


def test_a_pair_is_asked_in_both_directions() -> None:
    forth, back = both_ways("it rained", "it was dry", "contradict")
    assert (
        (forth["premise"], forth["hypothesis"]) == (back["hypothesis"], back["premise"]) == ("it rained", "it was dry")
    )
    assert forth["label"] == back["label"] == "contradiction"


def test_written_pairs_are_pairs_of_different_texts_with_a_label_each() -> None:
    pairs = [orjson.loads(line) for line in WRITTEN.read_bytes().splitlines()]
    assert all(pair.keys() == {"one", "other", "label"} and pair["one"] != pair["other"] for pair in pairs)
    assert set(Counter(pair["label"] for pair in pairs)) == {"agree", "contradict", "other"}
    assert len({(pair["one"], pair["other"]) for pair in pairs}) == len(pairs)
    assert len(rows("claims/written")) == 2 * len(pairs)


def test_what_the_judge_is_measured_on_was_not_trained_on() -> None:
    def articles(lines: bytes) -> set[str]:
        return {row[side]["article"] for row in map(orjson.loads, lines.splitlines()) for side in ("one", "other")}

    assert not articles(READ.read_bytes()) & articles(PATH.read_bytes())
