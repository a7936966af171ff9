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

    A path is a file, a folder (read with its sub-folders; hidden names are passed over), a pattern that the shell did
    not expand (`'2024/**/*.xml'`), or "-". Raises PathNotFound before anything is read: a misspelt path in a long run
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
        if sys.stdin is None:  # `<&-`
            yield UnreadableFile("standard input is closed", remedy="Give it something to read, or name files.")
            return
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


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            # A pipe or a socket inside a folder would block the run for ever.
            if not name.startswith(".") and path.is_file():
                yield str(path)


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
