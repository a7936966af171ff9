"""History out of files: every format that `claimwire ingest` reads."""

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from pipeline.errors import ArchiveChanged, ArticleRefused, OptionsInvalid
from pipeline.formats import Outcome, Skipped, Withdrawal
from pipeline.producers import files
from pipeline.producers.files import STANDARD_INPUT, InputFile
from pipeline.producers.history import Gathering, Piece, Unsent
from pipeline.producers.pace import Pace
from pipeline.producers.raw import raw_record
from pipeline.records import Run
from pipeline.settings import LimitsSettings
from pipeline.topics import ARTICLES_RAW
from pipeline.wire.outgoing import Destination, tombstone

_SOURCE = "/claimwire/replay"


class Archive:
    """The files of a run. The position in it is how many files are read whole, and how many items of the next one.

    Reading the same bytes gives the same items, so a position found later is the same place; that the files are the
    same is checked by their names and sizes.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        """Raises PathNotFound, and OptionsInvalid for what cannot be come back to.

        That is standard input, and a path that is no UTF-8: the run's record is JSON, and could not name it.
        """
        if STANDARD_INPUT in paths:
            raise OptionsInvalid(["archive: a replay reads files, which it can come back to, not standard input"])
        for path in paths:
            shown = os.fsencode(Path(path).absolute()).decode("utf-8", "replace")
            if shown != str(Path(path).absolute()):
                raise OptionsInvalid([f"archive: {shown} is no UTF-8: rename it, or name it through a link"])
        self.files: list[InputFile] = files.find(paths)

    @property
    def fingerprint(self) -> str:
        """What tells these files from others: their names and sizes, in the order of reading."""
        named = "\n".join(f"{Path(file.path).name}\t{file.size}" for file in self.files)
        return hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()

    def check(self, run: Run) -> None:
        """Raises ArchiveChanged where these are not the files that `run` began with."""
        if self.fingerprint != run.fingerprint:
            raise ArchiveChanged(run.name)

    def pieces(
        self,
        run: Run,
        *,
        destination: Destination,
        limits: LimitsSettings,
        pace: Pace,
        unsent: Callable[[str, Unsent], None],
        read: Callable[[int], object],
    ) -> Iterator[Piece]:
        """What is left to send. `unsent` and `read`: as of Ingest.run; `read` is also told of what is passed over."""
        gathering = Gathering(run)
        for number, file in enumerate(self.files):
            if number < run.file:
                read(file.size or 0)
                continue
            passed = run.item if number == run.file else 0
            for item, outcome in enumerate(files.read(file, format=run.format, limits=limits, progress=read), 1):
                if item <= passed:
                    continue
                refused = _take(gathering, outcome, destination, limits.max_record_bytes, pace)
                if refused is not None:
                    unsent(file.path, refused)
                if gathering.full:
                    gathering = yield from _closed(gathering, file=number, item=item)
            if gathering.full:
                gathering = yield from _closed(gathering, file=number + 1, item=0)
        yield gathering.close(file=len(self.files), item=0)


def _closed(gathering: Gathering, **position: int) -> Generator[Piece, None, Gathering]:
    piece = gathering.close(**position)
    yield piece
    return Gathering(piece.run)


def _take(gathering: Gathering, outcome: Outcome, destination: Destination, limit: int, pace: Pace) -> Unsent | None:
    if isinstance(outcome, Withdrawal):
        key = outcome.article_id
        gathering.article(tombstone(ARTICLES_RAW, key.encode(), article=key, destination=destination))
        return None
    if isinstance(outcome, Skipped | ArticleRefused):
        gathering.unsent(outcome)
        return outcome
    try:
        record = raw_record(outcome, destination, source=_SOURCE, largest=limit)
    except ArticleRefused as refused:
        gathering.unsent(refused)
        return refused
    pace.wait()
    gathering.article(record)
    return None
