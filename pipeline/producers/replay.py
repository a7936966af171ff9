"""A replay: history into the topics of a run, exactly once.

Each transaction holds some records for the raw topic of the run, and the record in `runs` that says how far that goes.
So the position and what was sent up to it are one thing, whatever dies: a process that starts again first shuts out and
aborts whoever sent for this run before (one transactional id for each run), then reads the position, and goes on.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from kafka.errors import KafkaError, ProducerFencedError

from pipeline.errors import ReplayInterrupted, RunDiffers, RunTakenOver, RunUnknown
from pipeline.producers.archive import Archive
from pipeline.producers.history import Piece, Unsent
from pipeline.producers.pace import Pace
from pipeline.producers.retold import Retold
from pipeline.records import Run
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW, RUNS
from pipeline.wire import admin
from pipeline.wire.outgoing import Destination
from pipeline.wire.runs import ends_after, read_runs, run_record
from pipeline.wire.transactional import TransactionalProducer


class Replay:
    """Sends one run. `run`: as it was committed last; it can be read at any time, also after an error.

    As a context manager it lets its connections go on leaving.
    """

    def __init__(self, settings: Settings, name: str) -> None:
        """Shuts out any other process that sends for this run. Nothing is made of a run that is not begun.

        Raises BrokerUnavailable, ClusterRefused, SettingsInvalid, TopicMissing.
        """
        admin.check_run(name)
        self._settings = settings
        self._name = name
        admin.partition_counts(settings, [RUNS.full_name(settings.topic_prefix)])
        self._producer = TransactionalProducer(
            settings, f"{settings.topic_prefix}replay.{name}", client=f"replay-{name}"
        )
        self._archive: Archive | None = None
        self._destination: Destination
        try:
            self.run: Run | None = read_runs(settings).get(name)
        except BaseException:
            self._producer.close()
            raise

    def from_archive(self, paths: Sequence[str], format: str | None = None) -> None:
        """Begins the run with these paths, or checks that it was begun with their files. Raises as `resume`."""
        archive = Archive(paths)
        if self.run is None:
            named = tuple(str(Path(path).absolute()) for path in paths)
            run = Run(
                name=self._name,
                created_at=datetime.now(UTC),
                archive=named,
                format=format,
                fingerprint=archive.fingerprint,
            )
            self._commit(Piece([], run))
        elif not self.run.archive or self.run.format != format:
            raise RunDiffers(self._name, reads(self.run))
        else:
            archive.check(self.run)
        self._archive = archive
        self._make_topics()

    def from_topic(self, since: datetime | None, until: datetime | None) -> None:
        """Begins the run with this part of `articles.raw`, or checks that it was begun so. Raises as `resume`."""
        if self.run is None:
            begin, stop = Retold(self._settings).bounds(since, until)
            run = Run(
                name=self._name,
                created_at=datetime.now(UTC),
                since=since,
                until=until,
                next=begin,
                stop=stop,
            )
            self._commit(Piece([], run))
        elif self.run.archive or (self.run.since, self.run.until) != (since, until):
            raise RunDiffers(self._name, reads(self.run))
        self._make_topics()

    def resume(self) -> None:
        """Goes on with what the run was begun with.

        Raises RunUnknown, RunDiffers, ArchiveChanged, PathNotFound, and as `send`.
        """
        if self.run is None:
            raise RunUnknown(self._name)
        if self.run.archive:
            self._archive = Archive(self.run.archive)
            self._archive.check(self.run)
        self._make_topics()

    @property
    def size(self) -> int | None:
        """Bytes of the archive's files; None where unknown, or where it reads a topic."""
        if self._archive is None:
            return None
        sizes = [file.size for file in self._archive.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    def send(
        self,
        *,
        rate: float | None = None,
        told: Callable[[Run], object] = lambda run: None,
        unsent: Callable[[str, Unsent], None] = lambda path, outcome: None,
        read: Callable[[int], object] = lambda count: None,
    ) -> Run:
        """Sends what is left. Returns when all of it is committed.

        `rate`: articles in a second, at most. `told` hears of each commit; `unsent` of each item of the archive that
        was skipped or refused, with its file; `read` of each number of bytes read. Ctrl-C aborts what is not
        committed. Raises RunTakenOver, ReplayInterrupted.
        """
        assert self.run is not None  # begun or resumed
        run = self.run
        if run.complete:
            return run
        pace = Pace(rate)
        if self._archive is not None:
            pieces = self._archive.pieces(
                run,
                destination=self._destination,
                limits=self._settings.limits,
                pace=pace,
                unsent=unsent,
                read=read,
            )
        else:
            pieces = Retold(self._settings).pieces(run, destination=self._destination, pace=pace)
        for piece in pieces:
            told(self._commit(piece))
        return self._commit(Piece([], replace(self.run, complete=True)))

    def _make_topics(self) -> None:
        admin.apply(self._settings, run=self._name)
        raw = ARTICLES_RAW.full_name(self._settings.topic_prefix, self._name)
        partitions = admin.partition_counts(self._settings, [raw])
        self._destination = Destination(self._settings.topic_prefix, partitions, self._name)

    def _commit(self, piece: Piece) -> Run:
        try:
            with self._producer.transaction() as send:
                offsets = send(piece.records)
                places = (record.partition for record in piece.records)
                before = self.run.ends if self.run is not None else {}
                run = replace(piece.run, ends=ends_after(before, zip(places, offsets, strict=True)))
                send([run_record(run, self._settings)])
        except ProducerFencedError as error:
            raise RunTakenOver(self._name) from error
        except KafkaError as error:
            raise ReplayInterrupted(self._name, str(error) or type(error).__name__) from error
        self.run = run
        return run

    def close(self) -> None:
        """Lets its connections go."""
        self._producer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def reads(run: Run) -> str:
    """What a run reads, for people."""
    if run.archive:
        return ", ".join(run.archive) + (f" as {run.format}" if run.format else "")
    since = f"{run.since:%Y-%m-%dT%H:%M:%SZ}" if run.since else "its beginning"
    until = f"{run.until:%Y-%m-%dT%H:%M:%SZ}" if run.until else "its end then"
    return f"articles.raw from {since} to {until}"
