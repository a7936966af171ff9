"""The shipped models on whole stories: which claims of them agree and contradict each other."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import formats
from pipeline.language.model import Model
from pipeline.language.relation_model import RelationModel
from pipeline.language.sources import SourceNames
from pipeline.processors.comparables import comparables
from pipeline.processors.comparison_window import ComparisonWindow
from pipeline.processors.relating import Relator
from pipeline.records import Article, Origin, Relation
from pipeline.settings import LanguageSettings, RelationsSettings, Settings
from pipeline.topics import CLAIMS_BY_ENTITY
from pipeline.wire.outgoing import Destination
from pipeline.wire.received import Received

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ORIGIN = Origin("raw", 0, 0, datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def annotator() -> Model:
    return Model.load(LanguageSettings())


@pytest.fixture(scope="module")
def comparing() -> RelationModel:
    return RelationModel.load(LanguageSettings())


def articles(files: Iterable[Path]) -> list[Article]:
    limits = Settings().limits
    found = [one for file in files for one in formats.decode(file.read_bytes(), name=file.name, limits=limits)]
    return [one for one in found if isinstance(one, Article)]


def related(annotator: Model, comparing: RelationModel, stories: list[Article]) -> list[Relation]:
    """All relations of these stories, in the order in which they would be found."""
    destination = Destination("", {CLAIMS_BY_ENTITY.name: 1})
    made = [
        record
        for annotated in annotator.annotate(stories)
        for record in comparables(annotated, origin=ORIGIN, destination=destination)
    ]
    records = [Received(r.topic, 0, n, 0, r.key, r.value, r.headers) for n, r in enumerate(made)]
    settings = RelationsSettings()
    window = ComparisonWindow(settings, comparing.vector, comparing.width, SourceNames(), lambda entity: True)
    findings = Relator(window, comparing.relation, comparing.annotator, settings).work(records)
    return [relation for relation in findings.relations.values() if relation is not None]


def told(relation: Relation) -> tuple[str, frozenset[str | None]]:
    return f"{relation.label} {relation.kind}", frozenset(claim.source.name for claim in relation.claims)


def test_the_examples_hold_contradictions_an_agreement_and_a_reversal(
    annotator: Model, comparing: RelationModel
) -> None:
    found = Counter(map(told, related(annotator, comparing, articles(sorted(EXAMPLES.glob("*.json"))))))
    assert found == Counter(
        [
            ("contradict between-sources", frozenset({"Tomas Brandeis", "Nordhaven Lines"})),
            ("contradict between-sources", frozenset({"Harbour Workers' Federation", "state mediator"})),
            ("contradict reversal", frozenset({"Tomas Brandeis"})),
            ("agree between-sources", frozenset({"Tomas Brandeis", "Harbour Workers' Federation"})),
        ]
    )


def test_the_seed_story_contradicts_itself_where_its_sources_do(
    annotator: Model, comparing: RelationModel, shared: Path
) -> None:
    found = related(annotator, comparing, articles([shared / "data" / "news" / "seed_article.txt"]))
    contradictions = [one for one in found if one.label == "contradict"]
    deniers = set()
    for one in contradictions:
        (denial,) = [claim for claim in one.claims if "some progress had been made" not in claim.content.text]
        assert re.search("no significant progress|nothing dramatic|no progress yet", denial.content.text)
        deniers.add(denial.source.name)
    assert deniers == {"Hamas official", "Israeli official", "Israeli and Hamas officials"}
