"""Propositions from relations: what agrees is one, whatever the order in which it comes and goes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.ids import proposition_id, relation_id
from pipeline.processors.propositions import Propositions
from pipeline.records import ArticleRef, ClaimRef, Content, Proposition, Relation, RelationName, Source
from tests.samples import ANNOTATOR, HAMAS

START = datetime(2026, 3, 1, tzinfo=UTC)


def claim(
    number: int,
    *,
    source: str | None = None,
    publisher: str | None = None,
    origin: str | None = None,
    denied: bool = False,
) -> ClaimRef:
    name = source or f"Person {number}"
    article = ArticleRef(
        f"art_{number}",
        publisher=publisher or f"Paper {number}",
        published_at=START + timedelta(hours=number),
        syndicated_from=origin,
    )
    content = Content(f"The ferry sails on day {number}", (), "indirect" if denied else "direct", denied)
    return ClaimRef(f"clm_{number}", article, Source(name, (), name, "person", None), content)


def relation(one: ClaimRef, other: ClaimRef, label: RelationName = "agree") -> Relation:
    pair = sorted((one, other), key=lambda ref: ref.id)
    return Relation(relation_id(one.id, other.id), label, 0.9, (pair[0], pair[1]), (HAMAS,), ANNOTATOR)


def standing(changes: list[dict[str, Proposition | None]]) -> dict[str, Proposition]:
    latest = {key: value for change in changes for key, value in change.items()}
    return {key: value for key, value in latest.items() if value is not None}


def test_who_says_it_and_who_denies_it() -> None:
    propositions = Propositions()
    a, b, c = claim(1), claim(2), claim(3)
    propositions.add(relation(a, b))
    propositions.add(relation(a, c, "contradict"))
    said, denied = sorted(standing([propositions.take_changed()]).values(), key=lambda each: each.first_at or START)
    assert said.id == proposition_id("clm_1")
    assert [(voice.source, voice.stance) for voice in said.voices] == [
        ("Person 1", "favor"),
        ("Person 2", "favor"),
        ("Person 3", "against"),
    ]
    assert said.contested
    assert [ref.id for ref in said.opposing] == [denied.id]
    assert [ref.id for ref in denied.opposing] == [said.id]
    assert (said.first_at, said.last_at) == (START + timedelta(hours=1), START + timedelta(hours=2))


def test_what_somebody_denies_is_no_proposition_of_theirs() -> None:
    propositions = Propositions()
    said, again, denies, denies_too = claim(1), claim(2), claim(3, denied=True), claim(4, denied=True)
    propositions.add(relation(denies, denies_too))
    assert propositions.take_changed() == {}
    propositions.add(relation(said, denies, "contradict"))
    propositions.add(relation(said, again))
    propositions.add(relation(again, denies_too))
    changes = [propositions.take_changed()]
    (one,) = standing(changes).values()
    assert (one.text, one.contested, one.opposing) == (said.content.text, True, ())
    assert [(voice.source, voice.stance) for voice in one.voices] == [
        ("Person 1", "favor"),
        ("Person 2", "favor"),
        ("Person 3", "against"),
    ]
    assert len(propositions.withdraw("clm_3")) == 2
    changes.append(propositions.take_changed())
    (one,) = standing(changes).values()
    assert not one.contested
    assert len(propositions.withdraw("clm_1")) == 1
    assert len(propositions.withdraw("clm_4")) == 1
    assert standing([*changes, propositions.take_changed()]) == {}


def test_the_elder_proposition_keeps_its_id_when_two_merge() -> None:
    propositions = Propositions()
    a, b, c, d = (claim(n) for n in (1, 2, 3, 4))
    propositions.add(relation(c, d))
    propositions.add(relation(a, b))
    before = propositions.take_changed()
    assert set(before) == {proposition_id(f"clm_{n}") for n in (1, 2, 3, 4)}
    propositions.add(relation(b, c))
    now = standing([before, propositions.take_changed()])
    assert list(now) == [proposition_id("clm_1")]
    assert len(now[proposition_id("clm_1")].voices) == 4


def test_reprints_of_a_story_are_one_publisher() -> None:
    propositions = Propositions()
    first, reprint, other = claim(1), claim(2, origin="art_1"), claim(3)
    propositions.add(relation(first, other))
    propositions.add(relation(reprint, other))
    (found,) = standing([propositions.take_changed()]).values()
    assert found.publishers == 2


def test_one_source_is_one_voice_and_unnamed_ones_are_not() -> None:
    propositions = Propositions()
    propositions.add(relation(claim(1, source="Anna Berg"), claim(2, source="anna  berg")))
    (found,) = standing([propositions.take_changed()]).values()
    assert [len(voice.claims) for voice in found.voices] == [2]


def test_what_a_withdrawn_claim_held_together_falls_apart() -> None:
    propositions = Propositions()
    a, b, c, d = (claim(n) for n in (1, 2, 3, 4))
    for pair in ((a, b), (b, c), (c, d)):
        propositions.add(relation(*pair))
    before = propositions.take_changed()
    assert propositions.withdraw("clm_2") == sorted([relation_id("clm_1", "clm_2"), relation_id("clm_2", "clm_3")])
    now = standing([before, propositions.take_changed()])
    # clm_1 is alone: nothing agrees with it any more, so it is no proposition.
    assert [[ref.id for voice in each.voices for ref in voice.claims] for each in now.values()] == [["clm_3", "clm_4"]]


LABELS: st.SearchStrategy[RelationName] = st.sampled_from(["agree", "contradict"])
LINKS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), LABELS).filter(lambda link: link[0] != link[1]),
    max_size=14,
    unique_by=lambda link: (min(link[:2]), max(link[:2])),
)


@given(LINKS, st.lists(st.integers(0, 7), max_size=3))
def test_published_propositions_are_the_components_of_agreement(
    links: list[tuple[int, int, RelationName]], gone: list[int]
) -> None:
    propositions = Propositions()
    changes = []
    for one, other, label in links:
        propositions.add(relation(claim(one), claim(other), label))
        changes.append(propositions.take_changed())
    for one in gone:
        propositions.withdraw(f"clm_{one}")
        changes.append(propositions.take_changed())
    left = [link for link in links if link[0] not in gone and link[1] not in gone]
    components = {n: {n} for link in left for n in link[:2]}
    for one, other, label in left:
        if label == "agree":
            merged = components[one] | components[other]
            for n in merged:
                components[n] = merged
    expected = {frozenset(f"clm_{n}" for n in each) for each in components.values()}
    published = standing(changes)
    found = [
        frozenset(ref.id for voice in each.voices if voice.stance == "favor" for ref in voice.claims)
        for each in published.values()
    ]
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))
    contested = {n for one, other, label in left if label == "contradict" for n in (f"clm_{one}", f"clm_{other}")}
    for claims, each in zip(found, published.values(), strict=True):
        assert not each.contested or claims & contested


@given(LINKS)
def test_what_was_published_restores_the_state(links: list[tuple[int, int, RelationName]]) -> None:
    propositions, again = Propositions(), Propositions()
    relations = [relation(claim(one), claim(other), label) for one, other, label in links]
    for each in relations:
        propositions.add(each)
    published = standing([propositions.take_changed()])
    for proposition in published.values():
        again.restore(
            proposition.id,
            (ref.id for voice in proposition.voices if voice.stance == "favor" for ref in voice.claims),
        )
    for each in relations:
        again.add(each)
    assert standing([again.take_changed()]) == published
