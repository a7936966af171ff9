import gzip
import io
import os
import shutil
import sys
from pathlib import Path

import pytest

from pipeline.errors import PathNotFound, UnreadableFile
from pipeline.producers import files
from pipeline.records import Article
from pipeline.settings import LimitsSettings

LIMITS = LimitsSettings()


def bodies(file: files.InputFile, **options: object) -> list[str]:
    outcomes = list(files.read(file, limits=LIMITS, **options))  # type: ignore[arg-type]
    assert all(isinstance(outcome, Article) for outcome in outcomes), outcomes
    return [outcome.body for outcome in outcomes if isinstance(outcome, Article)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / "2024" / "04").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "2024" / "04" / "b.txt").write_text("The harbour reopens on Monday, the port says.")
    (tmp_path / "2024" / "a.txt").write_text("The bridge is closed, the council says.")
    (tmp_path / ".git" / "c.txt").write_text("hidden")
    (tmp_path / ".hidden.txt").write_text("hidden")
    return tmp_path


def names(found: list[files.InputFile], below: Path) -> list[str]:
    return [str(Path(file.path).relative_to(below)) for file in found]


def test_a_folder_is_read_with_its_folders_in_order_without_hidden_names(archive: Path) -> None:
    found = files.find([str(archive)])
    assert names(found, archive) == ["2024/a.txt", "2024/04/b.txt"]
    assert [file.size for file in found] == [39, 45]


def test_a_file_named_twice_is_read_once(archive: Path) -> None:
    one = archive / "2024" / "a.txt"
    (archive / "link.txt").symlink_to(one)
    assert names(files.find([str(one), str(archive / "2024"), str(archive / "link.txt")]), archive) == [
        "2024/a.txt",
        "2024/04/b.txt",
    ]


def test_a_pattern_that_no_shell_expanded(archive: Path) -> None:
    assert names(files.find([str(archive / "**" / "*.txt")]), archive) == ["2024/04/b.txt", "2024/a.txt"]


@pytest.mark.parametrize("path", ["missing", "missing/*.txt"])
def test_a_path_to_nothing_is_told_before_anything_is_read(archive: Path, path: str) -> None:
    with pytest.raises(PathNotFound) as caught:
        files.find([str(archive), str(archive / path)])
    assert caught.value.path == str(archive / path)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"The mayor resigned.")))
    (file,) = files.find(["-"])
    assert file == files.InputFile("-", None)
    assert bodies(file) == ["The mayor resigned."]


def test_the_name_tells_the_format_and_a_flag_overrides_it(tmp_path: Path) -> None:
    path = tmp_path / "story.txt.gz"
    path.write_bytes(gzip.compress(b'{"body": "A story."}'))
    (file,) = files.find([str(path)])
    assert bodies(file) == ['{"body": "A story."}']
    assert bodies(file, format="json") == ["A story."]


def test_progress_counts_the_bytes_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "stories.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(b'{"body": "Story %d."}\n' % number for number in range(5000))))
    seen: list[int] = []
    (file,) = files.find([str(path)])
    assert len(bodies(file, progress=seen.append)) == 5000
    assert sum(seen) == file.size == path.stat().st_size


def test_a_file_that_cannot_be_read_is_refused_and_not_raised(tmp_path: Path) -> None:
    path = tmp_path / "gone.txt"
    (outcome,) = files.read(files.InputFile(str(path), None), limits=LIMITS)
    assert isinstance(outcome, UnreadableFile)
    assert outcome.detail == "No such file or directory"


def test_a_pipe_in_a_folder_does_not_block(archive: Path) -> None:
    os.mkfifo(archive / "2024" / "pipe.txt")
    assert names(files.find([str(archive)]), archive) == ["2024/a.txt", "2024/04/b.txt"]


def test_a_linked_folder_is_followed_and_never_twice(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "c.txt").write_text("The ferry sails.")
    (elsewhere / "back").symlink_to(archive)
    (archive / "2024" / "linked").symlink_to(elsewhere)
    (archive / "2024" / "round").symlink_to(archive)
    (archive / "nowhere").symlink_to(archive / "gone")
    assert names(files.find([str(archive)]), archive) == ["2024/a.txt", "2024/04/b.txt", "2024/linked/c.txt"]


def test_what_the_system_will_not_give_inside_a_folder_is_refused(archive: Path) -> None:
    # Even root gets nothing under a path that is too long.
    folder = archive / "2025"
    folder.mkdir()
    deep = os.open(folder, os.O_RDONLY)
    while len(str(folder)) < 3900:
        os.mkdir("d" * 100, dir_fd=deep)
        deep, above = os.open("d" * 100, os.O_RDONLY, dir_fd=deep), deep
        os.close(above)
        folder /= "d" * 100
    os.mkdir("g" * 250, dir_fd=deep)
    os.close(os.open("f" * 250 + ".txt", os.O_CREAT, dir_fd=deep))
    os.close(deep)
    found = files.find([str(archive)])
    outcomes = [outcome for file in found for outcome in files.read(file, limits=LIMITS)]
    assert [getattr(outcome, "detail", "read") for outcome in outcomes] == [
        "read",
        "read",
        "File name too long",
        "File name too long",
    ]
    shutil.rmtree(archive / "2025")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_refused(archive: Path) -> None:
    (archive / "2024" / "04").chmod(0)
    *_, closed = files.find([str(archive)])
    (outcome,) = files.read(closed, limits=LIMITS)
    (archive / "2024" / "04").chmod(0o700)
    assert (closed.path, getattr(outcome, "detail", "")) == (str(archive / "2024" / "04"), "Permission denied")


def test_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")
    Path(path).write_text("The café is open.")
    (file,) = files.find([str(tmp_path)])
    assert bodies(file) == ["The café is open."]
