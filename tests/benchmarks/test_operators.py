"""The kinds of operators that a pass of the encoder is made of."""

import pytest

from benchmarks.operators import KINDS, REST, operators
from pipeline.language.loading import tokeniser
from pipeline.language.model import MAX_WINDOW


def test_every_kind_is_there_and_all_of_them_are_the_whole() -> None:
    windows = tokeniser().windows("The mayor said on Friday that the harbour would open again. " * 8, MAX_WINDOW)
    shares = operators(windows)
    assert list(shares) == [*KINDS, REST]
    assert sum(shares.values()) == pytest.approx(100)
    # What a new runtime gives another name would be missed here.
    assert all(share > 0 for share in shares.values())
    assert shares[REST] < 20
