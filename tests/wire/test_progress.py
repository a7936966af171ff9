from hypothesis import given
from hypothesis import strategies as st

from pipeline.wire.progress import Progress


@given(st.booleans(), st.integers(0, 1000), st.sampled_from(["", "too-slow"]))
def test_it_survives_the_metadata_string(open: bool, attempts: int, cause: str) -> None:
    progress = Progress(open, attempts, cause)
    assert Progress.decode(progress.encode()) == progress


def test_a_clean_state_says_nothing() -> None:
    assert Progress().encode() == ""


@given(st.one_of(st.none(), st.text(), st.sampled_from(["{}", "[1]", "null", '{"open": 1}', "NO_METADATA", "1e999"])))
def test_what_others_wrote_is_a_clean_state(metadata: str | None) -> None:
    assert Progress.decode(metadata) == Progress()
