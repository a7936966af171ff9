import re

from pipeline import metrics
from tests.conftest import REPOSITORY


def test_the_table_is_whole() -> None:
    names = [metric.name for metric in metrics.TABLE]
    assert len(set(names)) == len(names)
    for metric in metrics.TABLE:
        assert re.fullmatch(r"claimwire_[a-z0-9_]+", metric.name)
        assert metric.meaning.endswith(".")
        assert metric.name.endswith("_total") == (metric.kind == "counter")
    registered = {family.name for family in metrics.REGISTRY.collect()}
    assert registered == {name.removesuffix("_total") for name in names}


def test_the_manual_has_the_table() -> None:
    assert metrics.markdown() in (REPOSITORY / "docs" / "operations.md").read_text()
