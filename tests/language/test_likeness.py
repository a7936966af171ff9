import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.likeness import PERMUTATIONS, REPRINT, decode, encode, signature, similarity

STORY = " ".join(
    f"Sentence {n} tells of the harbour, the boats and the {n * n} crates on quay {n % 7}." for n in range(60)
)


def test_a_reprint_is_told_from_another_story() -> None:
    reprint = "By our wire service. " + STORY.replace("Sentence 7 tells", "Sentence 7 speaks").upper()
    other = STORY.replace("harbour", "airport").replace("boats", "planes").replace("quay", "gate")
    assert similarity(signature(STORY), signature(reprint)) >= REPRINT
    assert similarity(signature(STORY), signature(other)) < 0.2


def test_the_estimate_is_near_the_share_of_common_shingles() -> None:
    words = [f"w{n}" for n in range(2000)]
    half = signature(" ".join(words[:1500]))
    whole = signature(" ".join(words))
    assert abs(similarity(half, whole) - 0.75) < 0.2


@given(st.text())
def test_any_text_has_a_signature_that_survives_a_record(text: str) -> None:
    found = signature(text)
    assert found.shape == (PERMUTATIONS,)
    assert np.array_equal(decode(encode(found)), found)


@given(st.text())
def test_what_is_no_signature_is_like_nothing(text: str) -> None:
    assert similarity(decode(text), signature("a story of five words")) < REPRINT
