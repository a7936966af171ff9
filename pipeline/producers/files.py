"""Articles out of files, folders, patterns and standard input: what every command that takes PATH… reads with."""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import PathNotFound, UnreadableFile
from pipeline.formats import Outcome, decode_stream
from pipeline.settings import LimitsSettings

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read. `path`: as found from what the user gave; "-" is standard input. `size`: bytes, None unknown."""

    path: str
    size: int | None

    @classmethod
    def at(cls, path: str) -> InputFile:
        """The file at `path`. Its size is None where there is none to be had (a pipe, no permission)."""
        try:
            status = Path(path).stat()
        except OSError:
            return cls(path, None)
        return cls(path, status.st_size if stat.S_ISREG(status.st_mode) else None)


def find(paths: Iterable[str]) -> list[InputFile]:
    """Every file that `paths` name, each once, folders in the order of their names.

    A path is a file, a folder (read with its sub-folders, also linked ones; hidden names are passed over), a pattern
    that the shell did not expand (`'2024/**/*.xml'`), or "-". A folder inside that cannot be read is among what is
    found, and refused by `read`. Raises PathNotFound before anything is read: a misspelt path in a long run
    should not be learned at its end.
    """
    found: dict[str, InputFile] = {}
    for path in paths:
        for name in _expanded(path):
            found.setdefault(os.path.realpath(name) if name != STANDARD_INPUT else name, InputFile.at(name))
    return list(found.values())


def read(
    file: InputFile,
    *,
    format: str | None = None,
    limits: LimitsSettings,
    progress: Callable[[int], object] | None = None,
) -> Iterator[Outcome]:
    """The outcomes of one file, in a bounded memory. A file that cannot be read is a refusal (UnreadableFile).

    `progress`: called with the number of bytes that were read since the last call, as they lie on the disk.
    """
    if file.path == STANDARD_INPUT:
        yield from decode_stream(_counted(sys.stdin.buffer, progress), format=format, limits=limits)
        return
    try:
        with Path(file.path).open("rb", buffering=0) as stream:
            name = Path(file.path).name
            yield from decode_stream(_counted(stream, progress), name=name, format=format, limits=limits)
    except OSError as error:
        yield UnreadableFile(error.strerror or type(error).__name__)


def _expanded(path: str) -> Iterator[str]:
    if path == STANDARD_INPUT or Path(path).is_file():
        yield path
    elif Path(path).is_dir():
        yield from _walk(path)
    elif Path(path).exists():
        yield path  # a named pipe, a device: whoever names it means it
    else:
        matches = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) else []  # noqa: PTH207 (keeps "./")
        files = [match for match in matches if not Path(match).is_dir()]
        if not files:
            raise PathNotFound(path)
        yield from files


def _walk(top: str) -> Iterator[str]:
    pending, entered = [top], set()
    while pending:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in entered:
            continue  # links may lead back, or twice to the same place
        entered.add(real)
        try:
            inside = sorted(path for path in Path(folder).iterdir() if not path.name.startswith("."))
        except OSError:
            yield folder  # not passed over in silence: who reads it is told why that cannot be
            continue
        folders = []
        for path in map(str, inside):
            kind = _kind(path)
            if kind == stat.S_IFDIR:
                folders.append(path)
            # A pipe or a socket inside a folder would block the run for ever.
            elif kind in (stat.S_IFREG, None):
                yield path
        pending += reversed(folders)


def _kind(path: str) -> int | None:
    """One of `stat.S_IF…`; 0 where a link leads to nothing, None where the operating system does not say."""
    try:
        return stat.S_IFMT(Path(path).stat().st_mode)
    except FileNotFoundError:
        return 0
    except OSError:
        return None


def _counted(stream: BinaryIO, progress: Callable[[int], object] | None) -> BinaryIO:
    return stream if progress is None else _Counted(stream, progress)  # type: ignore[return-value]


class _Counted:
    """The one method of a stream that `decode_stream` calls, and the progress made."""

    def __init__(self, stream: BinaryIO, progress: Callable[[int], object]) -> None:
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._progress = progress

    def read(self, size: int) -> bytes:
        data = self._read(size)
        self._progress(len(data))
        return data
