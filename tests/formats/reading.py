"""What the tests of formats share: fixtures, and reading them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.formats import Outcome, decode
from pipeline.records import Article
from pipeline.settings import LimitsSettings

FIXTURES = Path(__file__).parent / "fixtures"
LIMITS = LimitsSettings()


def outcomes(data: bytes, **options: Any) -> list[Outcome]:
    """Everything that `data` holds."""
    return list(decode(data, **{"limits": LIMITS, **options}))


def fixture(name: str, **options: Any) -> list[Outcome]:
    """Everything that a fixture holds, told by its content alone."""
    return outcomes((FIXTURES / name).read_bytes(), **options)


def only(found: Sequence[Outcome]) -> Article:
    """The article, where there is exactly one outcome and that is it."""
    (outcome,) = found
    assert isinstance(outcome, Article), outcome
    return outcome


def articles(found: Sequence[Outcome]) -> dict[str, Article]:
    """The articles among the outcomes, by id."""
    return {outcome.id: outcome for outcome in found if isinstance(outcome, Article)}
