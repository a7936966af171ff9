import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ArchiveChanged, OptionsInvalid
from pipeline.producers import history
from pipeline.producers.archive import Archive
from pipeline.producers.history import Piece
from pipeline.producers.pace import Pace
from pipeline.records import Run
from pipeline.settings import LimitsSettings
from pipeline.wire.outgoing import Destination
from tests.samples import NOON

DESTINATION = Destination("t.", {"t.articles.raw.may": 4}, "may")
LIMITS = LimitsSettings(max_record_bytes=400)
# What a line of a file holds: an article, one that is too large once read, one that is refused, nothing readable.
LINES: dict[str, Callable[[int], bytes]] = {
    "good": lambda number: orjson.dumps({"id": f"a{number}", "body": "Anna says so."}),
    "empty": lambda number: orjson.dumps({"id": f"a{number}", "body": " "}),
    "broken": lambda number: b'{"id": ',
}


@contextmanager
def archive(files: list[list[str]]) -> Iterator[Archive]:
    with tempfile.TemporaryDirectory() as folder:
        number = 0
        for name, lines in enumerate(files):
            written = []
            for line in lines:
                written.append(LINES[line](number))
                number += 1
            Path(folder, f"{name}.jsonl").write_bytes(b"\n".join(written))
        yield Archive([folder])


def pieces(of: Archive, run: Run) -> list[Piece]:
    found = of.pieces(
        run,
        destination=DESTINATION,
        limits=LIMITS,
        pace=Pace(None),
        unsent=lambda path, outcome: None,
        read=lambda n: None,
    )
    return list(found)


def begun(of: Archive) -> Run:
    return Run(name="may", created_at=NOON, archive=("x",), fingerprint=of.fingerprint)


files = st.lists(st.lists(st.sampled_from([*LINES, "good", "good"]), max_size=9), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(files=files)
def test_from_every_position_the_rest_is_the_same(files: list[list[str]]) -> None:
    with archive(files) as one, mock.patch.object(history, "_RECORDS", 2):
        whole = pieces(one, begun(one))
        last = whole[-1].run
        sent = [record.key for piece in whole for record in piece.records]
        assert sent == [
            f"a{number}".encode()
            for number, line in enumerate(line for file in files for line in file)
            if line == "good"
        ]
        assert (last.sent, sum(last.refused.values())) == (len(sent), sum(map(len, files)) - len(sent))
        assert (last.file, last.item) == (len(files), 0)
        for index, piece in enumerate(whole):
            rest = pieces(one, piece.run)
            assert [record.key for part in rest for record in part.records] == [
                record.key for part in whole[index + 1 :] for record in part.records
            ]
            # What was counted before a stop is not counted again.
            assert (rest[-1].run.sent, rest[-1].run.refused) == (last.sent, last.refused)


def test_other_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Anna says so.")
    run = begun(Archive([str(tmp_path)]))
    Archive([str(tmp_path)]).check(run)
    (tmp_path / "b.txt").write_text("Bert says so.")
    with pytest.raises(ArchiveChanged, match="run may"):
        Archive([str(tmp_path)]).check(run)
    (tmp_path / "b.txt").unlink()
    (tmp_path / "a.txt").write_text("Anna says something else.")
    with pytest.raises(ArchiveChanged):
        Archive([str(tmp_path)]).check(run)


def test_standard_input_cannot_be_read_again() -> None:
    with pytest.raises(OptionsInvalid, match="standard input"):
        Archive(["-"])


def test_a_path_that_no_record_of_the_run_could_name(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    with pytest.raises(OptionsInvalid, match=r"/caf� is no UTF-8"):
        Archive([str(folder)])
    # Inside what is named, any name will do.
    (folder / "a.txt").write_text("Anna says no.")
    assert len(Archive([str(tmp_path)]).files) == 1


def test_an_article_that_no_record_takes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(orjson.dumps({"id": "a", "body": "é" * 120 + "\u0001" * 100}))
    one = Archive([str(tmp_path)])
    (piece,) = pieces(one, begun(one))
    assert (piece.records, piece.run.refused) == ([], {"too-large": 1})


def test_a_slow_pace_closes_pieces_early() -> None:
    with archive([["good"] * 3]) as one, mock.patch.object(history, "_SECONDS", -1.0):
        assert [len(piece.records) for piece in pieces(one, begun(one))] == [1, 1, 1, 0]
