import pytest

from pipeline.grants import GRANTS, markdown
from pipeline.topics import TOPICS
from tests.conftest import REPOSITORY


def test_the_manual_has_the_table() -> None:
    assert markdown() in (REPOSITORY / "docs" / "security.md").read_text()


@pytest.mark.parametrize("who", GRANTS)
def test_nobody_but_the_operator_may_change_topics(who: str) -> None:
    grant = GRANTS[who]
    assert set(grant.topics) <= set(TOPICS)
    operations = {one for resource in grant.resources("t.") for one in resource.operations}
    assert ("ALTER" in operations) == (who == "operator")
    assert all(resource.name.startswith("t.") for resource in grant.resources("t."))
    # A prefix of topics would take in those of replay runs, and topics that are yet to come.
    assert who == "operator" or not any(r.prefixed for r in grant.resources("t.") if r.type == "topic")
