"""The store of what stands, against a plain dictionary."""

import sqlite3
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wire.codec import encode
from pipeline.wire.standing import Change, Standing, StandingStore, change
from tests.samples import ANNOTATED

IDS = st.sampled_from(["a", "b", "ü"])
STANDING = st.builds(
    Standing, st.integers(1, 2**40), st.lists(st.text("cd", max_size=2)).map(tuple), st.just(("ent_1",))
)
EVENTS = st.lists(st.tuples(IDS, st.none() | STANDING), max_size=20)


def changes(events: list[tuple[str, Standing | None]], start: int = 0) -> list[Change]:
    return [Change(start + n, article, standing) for n, (article, standing) in enumerate(events)]


def after(events: list[tuple[str, Standing | None]]) -> dict[str, Standing]:
    return {article: standing for article, standing in dict(events).items() if standing is not None}


@given(EVENTS, st.lists(st.integers(0, 20), max_size=4))
def test_it_holds_what_the_topic_comes_to_however_often_parts_are_read(
    events: list[tuple[str, Standing | None]], restarts: list[int]
) -> None:
    store = StandingStore(Path(":memory:"))
    everything = changes(events)
    for cut in [*sorted(min(cut, len(events)) for cut in restarts), len(events)]:
        # Each time from the beginning: what is before the position must not change it back.
        assert store.apply(everything[:cut], end=cut)
        assert store.position == cut
        assert store.of(["a", "b", "ü", "none"]) == after(events[:cut])
    store.close()


def test_it_is_kept_on_disk_and_shared(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "part.sqlite"
    one, other = StandingStore(path), StandingStore(path)
    one.apply(changes([("a", Standing(1, ("c",), ()))]), end=1)
    # The slower of two that read the same changes nothing that the faster one knows already.
    other.apply(changes([("a", Standing(1, ("c",), ())), ("a", None)]), end=2)
    one.apply(changes([("a", Standing(1, ("c",), ()))]), end=1)
    assert (one.position, one.of(["a"])) == (2, {})
    one.close()
    other.close()
    again = StandingStore(path)
    assert again.position == 2
    again.clear()
    assert again.position == 0
    again.close()


@pytest.mark.parametrize("damage", [b"this is no database" * 500, b""])
def test_a_damaged_file_or_none_at_all(tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "part.sqlite"
    path.write_bytes(damage)
    store = StandingStore(path)
    assert store.position == 0
    assert store.apply(changes([("a", Standing(1, (), ()))]), end=1)
    assert store.of(["a"]) == {"a": Standing(1, (), ())}
    assert ("kept in memory" in caplog.text) == bool(damage)


def test_a_full_disk_moves_it_to_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = StandingStore(tmp_path / "part.sqlite")
    store.apply(changes([("a", Standing(1, (), ()))]), end=1)
    # SQLite's own limit gives the very error of a full disk.
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count = {pages}")
    large = changes([(f"b{n}", Standing(1, ("c" * 100,) * 20, ())) for n in range(50)], start=1)
    assert not store.apply(large, end=51)
    assert "full" in caplog.text
    assert (store.position, store.of(["a"])) == (0, {})
    assert store.apply([*changes([("a", Standing(1, (), ()))]), *large], end=51)
    assert len(store.of(["a", "b1", "b49"])) == 3
    store.close()
    # On the disk is what was there before.
    kept = sqlite3.connect(tmp_path / "part.sqlite")
    assert kept.execute("SELECT next FROM position").fetchone() == (1,)
    kept.close()


def test_a_change_is_read_from_the_published_record() -> None:
    value = encode(ANNOTATED)
    assert change(7, b"art_1", value) == Change(7, "art_1", Standing(1, ("clm_1",), ("ent_1",)))
    assert change(8, b"art_1", None) == Change(8, "art_1", None)
    assert orjson.loads(value)["revision"] == 1
