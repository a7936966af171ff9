import pytest

from pipeline.language.sources import SourceNames
from pipeline.records import Source, SourceKind


def source(name: str | None, kind: SourceKind = "person") -> Source:
    return Source(name or "", (), name, kind, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Benjamin Netanyahu", "Netanyahu"),
        ("Benjamin Netanyahu", "Israeli Prime Minister Benjamin Netanyahu"),
        ("benjamin  NETANYAHU", "Benjamin Netanyahu"),
    ],
)
def test_one_person(one: str, other: str) -> None:
    assert SourceNames().same(source(one), source(other))
    assert SourceNames().same(source(other), source(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Will Smith", "Maggie Smith"), ("Smith", "Smithers"), ("Anna Berg", "Berg Anna"), ("Anna", "Anna Berg")],
)
def test_two_persons(one: str, other: str) -> None:
    assert not SourceNames().same(source(one), source(other))


def test_unnamed_sources_are_nobodys_namesake() -> None:
    assert not SourceNames().same(source("officials", "unnamed"), source("officials", "unnamed"))
    assert not SourceNames().same(source(None), source(None))


def test_organisations_by_their_whole_name() -> None:
    names = SourceNames()
    assert names.same(source("the Health Ministry", "organisation"), source("Health Ministry", "organisation"))
    assert not names.same(source("Ministry", "organisation"), source("Health Ministry", "organisation"))


def test_aliases_are_the_users_word() -> None:
    names = SourceNames({"World Health Organization": ["WHO"]})
    assert names.canonical("who") == "World Health Organization"
    assert names.same(source("WHO", "organisation"), source("World Health Organization", "organisation"))
