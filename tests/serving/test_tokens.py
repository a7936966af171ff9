import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from pipeline.errors import SettingsInvalid
from pipeline.serving.tokens import Tokens

ONE, TWO = "the-first-token-of-two", "the-second-token-of-two"


def test_a_file_holds_one_a_line_and_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# of the newsroom\n{ONE}  # Anna\n\n")
    tokens = Tokens("gateway.tokens", None, file)
    assert tokens.holder(ONE)
    assert not tokens.holder(TWO)
    file.write_text(f"{TWO}\n")
    os.utime(file, ns=(1, 1))
    assert tokens.holder(TWO)
    assert not tokens.holder(ONE)
    file.unlink()
    assert tokens.holder(TWO), "a file that is gone for a moment must not lock everybody out"


def test_a_holder_is_named_without_the_token() -> None:
    tokens = Tokens("gateway.tokens", SecretStr(f"{ONE},{TWO}"), None)
    names = {tokens.holder(ONE), tokens.holder(TWO)}
    assert len(names) == 2
    assert all(name and name not in ONE + TWO for name in names)


@given(st.text())
def test_nobody_else_gets_in(given: str) -> None:
    tokens = Tokens("gateway.tokens", SecretStr(ONE), None)
    assert bool(tokens.holder(given)) == (given == ONE)


@pytest.mark.parametrize("text", ["short", f"{ONE}, short"])
def test_a_token_that_can_be_guessed_is_refused_and_not_told(text: str) -> None:
    with pytest.raises(SettingsInvalid, match="16 characters") as caught:
        Tokens("gateway.tokens", SecretStr(text), None)
    assert "short" not in caught.value.message
