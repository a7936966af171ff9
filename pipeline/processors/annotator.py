"""The annotator: raw articles in; annotated articles, entities and claims out."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar

from aiokafka import TopicPartition

from pipeline.errors import ArticleRefused
from pipeline.grants import GRANTS
from pipeline.processors import observing, worker
from pipeline.processors.batching import Batches
from pipeline.processors.clock import ArticleClock
from pipeline.processors.decoding import Decoded, article_of
from pipeline.processors.embargoes import Embargoes, Held
from pipeline.processors.endings import Ending, end
from pipeline.processors.processor import Processor
from pipeline.processors.releases import Releases
from pipeline.processors.revisions import Changes, Ledger
from pipeline.processors.suspects import WORKING, Suspects
from pipeline.processors.workbench import Done, Model, Workbench
from pipeline.records import Article
from pipeline.settings import Settings
from pipeline.topics import (
    ARTICLES_ANNOTATED,
    ARTICLES_EMBARGOED,
    ARTICLES_RAW,
    CLAIMS,
    CLAIMS_BY_ENTITY,
    DEAD_LETTERS,
    ENTITIES,
)
from pipeline.wire import admin, codec, faults
from pipeline.wire.dead_letters import Failure, dead_letter
from pipeline.wire.leases import Lease
from pipeline.wire.limits import largest_records
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.partition import partition_for
from pipeline.wire.progress import Progress
from pipeline.wire.received import Received
from pipeline.wire.standing import Change, Standing
from pipeline.wire.standings import Standings

T = TypeVar("T")
Owned: TypeAlias = tuple[Lease, Received]

_LAST_WORDS_SECONDS = 5.0


def run(settings: Settings, load: Callable[[], Model], *, run: str | None = None, supervised: bool = False) -> NoReturn:
    """An annotator until it is told to stop. `load` makes the model, while the process joins its group.

    `run`: the replay run whose topics it reads and writes.
    """
    stop_seconds = settings.processor.stop_seconds
    worker.run(lambda stopping: _main(settings, load, run, stopping), stop_seconds=stop_seconds, supervised=supervised)


async def _main(settings: Settings, load: Callable[[], Model], run: str | None, stopping: asyncio.Event) -> None:
    executor = ThreadPoolExecutor(1, thread_name_prefix="model")
    loading = asyncio.get_running_loop().run_in_executor(executor, worker.loaded, load)
    topics = (ARTICLES_RAW, ARTICLES_ANNOTATED, ENTITIES, CLAIMS, CLAIMS_BY_ENTITY, DEAD_LETTERS, ARTICLES_EMBARGOED)
    names = [topic.full_name(settings.topic_prefix, run) for topic in topics]
    processor = Processor(settings, "annotator" + (f".{run}" if run else ""), names[0])
    worker.tell(settings, loading, lambda: processor.leases.assigned)
    partitions = await worker.broker_ready(settings, names, stopping, GRANTS["annotator"] if run is None else None)
    if partitions is None:
        return
    annotator = Annotator(
        settings,
        processor,
        destination=Destination(settings.topic_prefix, partitions, run),
        folder=settings.state_dir / "annotator" / await asyncio.to_thread(admin.topic_id, settings, names[1]),
        loading=loading,
        executor=executor,
        stopping=stopping,
    )
    await processor.identify(names)
    await processor.bury_dead()
    processor.watch(annotator.working)
    await worker.serve(processor.app(annotator.run), stopping, annotator.finish)


class Annotator:
    """Works through the stream of one process. Any error that leaves it is a reason to end the process.

    `folder` is for what it keeps on disk. `loading` gives the model. All blocking work is done in the one thread of
    `executor`. `stopping` says when to finish the batch in hand and take no more.
    """

    def __init__(
        self,
        settings: Settings,
        processor: Processor,
        *,
        destination: Destination,
        folder: Path,
        loading: Awaitable[Model],
        executor: ThreadPoolExecutor,
        stopping: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._group = processor.group
        self._leases = processor.leases
        self._destination = destination
        self._loading = loading
        self._model: Model
        self._executor = executor
        self._stopping = stopping
        self._largest = largest_records(settings, destination)
        self._standings = Standings(
            ARTICLES_ANNOTATED.full_name(destination.prefix, destination.run),
            folder,
            processor.reader,
            executor,
            markers=settings.delivery == "exactly_once",
        )
        embargoed = ARTICLES_EMBARGOED.full_name(destination.prefix, destination.run)
        self._embargoes = Embargoes(processor.reader, destination, self._largest[embargoed])
        self._loop = asyncio.get_running_loop()
        self._clock = ArticleClock(settings.limits.seconds_per_article, self._expired)
        self._workbench = Workbench(settings, self._clock)
        self._suspects = Suspects(settings)
        self._alone: Lease | None = None
        self._busy = asyncio.Lock()
        self._committing: asyncio.Task[None] | None = None
        self._uncommitted: dict[str, Standing | None] = {}  # what stands once that is committed

    async def run(self, stream: Any) -> None:
        """Until the stream ends: batches, one after the other."""
        self._model = await self._loading
        releases = Releases(
            self._leases,
            self._embargoes,
            attempts=self._settings.processor.attempts,
            between_batches=self._between_batches,
            annotate=self._released,
            dead_letter=self._dead_letter,
            send=self._send,
        )
        self._releasing = asyncio.create_task(releases.run(self._stopping))
        limits = self._settings.processor
        most, size, wait = limits.batch_records, limits.batch_bytes, limits.batch_wait_seconds
        async for events in Batches(stream, most=most, size=size, wait=wait):
            async with self._busy:
                # When stopping, the others are left for the next owner: their offsets are not committed.
                if not self._stopping.is_set():
                    await self.process([Received.of(event.message) for event in events])
            self._after_commit(partial(_acknowledge, events))

    async def process(self, batch: Sequence[Received]) -> None:
        """One batch: each record becomes outputs or a dead letter, once, and its offset is committed with them.

        The commit goes on while the next batch is worked on.
        """
        faults.reach("batch")
        together: list[Owned] = []
        for records in _by_partition(batch):
            admitted = await self._leases.admit(records)
            if admitted is None:
                continue
            lease, records = admitted
            for record in records:
                if self._suspects.take(lease, record):
                    await self._try_alone(lease, record)
                else:
                    together.append((lease, record))
        together = [(lease, record) for lease, record in together if not lease.closed]
        if together:
            for lease in {lease for lease, _ in together}:
                await lease.mark(WORKING)
            done = await self._work(together)
            await self._settle()
            self._uncommitted = {article: standing for one in done for _, article, standing in one.changes.standing}
            self._committing = asyncio.create_task(self._commit(together, done))

    async def finish(self) -> None:
        """Waits for the batch in hand, then gives the partitions back."""
        async with self._busy:
            await self._settle()
            await self._leases.release()

    def working(self) -> bool:
        """Whether there is progress that no committed offset shows: an article has its own limit of time, and reading
        what stands may take long where there is nothing on the disk."""
        return self._clock.ticking or self._standings.reading

    async def _work(self, owned: Sequence[Owned]) -> list[Done]:
        """Decode, see what stands for these articles, annotate."""
        decoded = await self._run(lambda: self._workbench.decode([record for _, record in owned]))
        holds = [await self._embargoes.of(lease) for lease, _ in owned]
        await self._read_on(owned, decoded)
        articles = {article_of(wish) for one in decoded for wish in one.wishes}
        uncommitted = self._uncommitted

        def annotate() -> list[Done]:
            ledger = self._ledger(articles, uncommitted)
            return self._workbench.annotate(self._model, decoded, ledger, holds)

        return await self._run(annotate)

    def _ledger(self, articles: Iterable[str], uncommitted: Mapping[str, Standing | None]) -> Ledger:
        standing = self._standings.of((self._place(article), article) for article in articles)
        return Ledger({**standing, **uncommitted}, self._destination, self._largest)

    async def _read_on(self, owned: Sequence[Owned], decoded: Sequence[Decoded]) -> None:
        """Brings the knowledge of what stands up to date, for the articles of this batch."""
        raw = self._destination.partitions[self._leases.topic]
        needed: dict[tuple[int, Lease], bool] = {}
        for (lease, record), one in zip(owned, decoded, strict=True):
            for article in map(article_of, one.wishes):
                where = self._place(article), lease
                keyed = record.key == article.encode() and record.partition == partition_for(article.encode(), raw)
                needed[where] = needed.get(where, True) and keyed
        for (partition, lease), sole in needed.items():
            if not (sole and self._standings.has_read(partition, lease)):
                await self._settle()
                await self._standings.read_on(partition, lease)

    async def _commit(self, owned: Sequence[Owned], done: Sequence[Done]) -> None:
        """One transaction for each partition: outputs, dead letters, and the offset after them. An error ends the
        process."""
        by_lease: defaultdict[Lease, list[Done]] = defaultdict(list)
        for (lease, _), one in zip(owned, done, strict=True):
            by_lease[lease].append(one)
        try:
            await asyncio.gather(*(self._commit_partition(lease, part) for lease, part in by_lease.items()))
        except Exception as error:
            worker.fail(error)

    async def _settle(self) -> None:
        """Waits for the commit that goes on."""
        if self._committing is not None:
            await self._committing
            self._committing = None
            self._uncommitted = {}

    def _after_commit(self, act: Callable[[], object]) -> None:
        if self._committing is None:
            act()
        else:
            self._committing.add_done_callback(lambda _: act())

    async def _commit_partition(self, lease: Lease, done: Sequence[Done]) -> None:
        changes = Changes()
        for one in done:
            changes.extend(one.changes)
            if one.failure is not None:
                changes.outgoing.append(self._dead_letter(one.record, one.failure))
        await self._send(lease, changes, done[-1].record.offset + 1, WORKING)

    async def _send(self, lease: Lease, changes: Changes, offset: int, progress: Progress) -> None:
        sent = await lease.commit(offset, changes.outgoing, progress)
        if sent is None:
            return
        for outgoing, at in zip(changes.outgoing, sent, strict=True):
            self._embargoes.committed(lease, outgoing, at)
        committed: defaultdict[int, list[Change]] = defaultdict(list)
        for index, article, standing in changes.standing:
            committed[changes.outgoing[index].partition].append(Change(sent[index], article, standing))
        for partition, part in committed.items():
            await self._standings.committed(partition, part)

    async def _try_alone(self, lease: Lease, record: Received) -> None:
        """A record that may have killed the process (see suspects)."""
        await self._settle()
        if lease.closed:
            return
        given_up: ArticleRefused | None = self._suspects.given_up(lease)
        if given_up is not None:
            failure = Failure("annotate", [given_up], lease.progress.attempts)
            await self._commit_partition(lease, [Done(record, Changes(), failure)])
            return
        await self._suspects.begin(lease)
        self._alone = lease
        done = await self._work([(lease, record)])
        self._alone = None
        await self._commit_partition(lease, done)

    @asynccontextmanager
    async def _between_batches(self) -> AsyncIterator[None]:
        """Within: no batch is worked on, and none is being committed."""
        async with self._busy:
            await self._settle()
            yield

    async def _released(self, lease: Lease, record: Received, value: bytes, held: Held) -> Done:
        article = codec.decode(Article, value)
        place = self._place(article.id)
        if not self._standings.has_read(place, lease):
            await self._standings.read_on(place, lease)

        def annotate() -> Done:
            ledger = self._ledger([article.id], {})
            return self._workbench.release(self._model, article, record, ledger, corrects=held.corrects)

        return await self._run(annotate)

    def _expired(self) -> None:
        asyncio.run_coroutine_threadsafe(self._too_slow(), self._loop)

    async def _too_slow(self) -> None:
        if self._alone is not None:
            with suppress(Exception):
                await asyncio.wait_for(self._suspects.too_slow(self._alone), _LAST_WORDS_SECONDS)
        end(Ending.CRASHED, "an article took longer than limits.seconds_per_article = %g s", self._clock.limit)

    def _dead_letter(self, record: Received, failure: Failure) -> Outgoing:
        observing.given_up(failure, record)
        name = DEAD_LETTERS.full_name(self._destination.prefix, self._destination.run)
        return dead_letter(
            record,
            failure,
            group=self._group,
            destination=self._destination,
            largest=self._largest[name],
            now=datetime.now(UTC),
        )

    def _place(self, article: str) -> int:
        return self._destination.place(ARTICLES_ANNOTATED, article)[1]

    async def _run(self, function: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._executor, function)


def _acknowledge(events: Sequence[Any]) -> None:
    """Tells Faust, which waits for this before it gives partitions back."""
    for event in events:
        event.ack()


def _by_partition(batch: Sequence[Received]) -> list[list[Received]]:
    """`batch` in parts, one for each partition, each in its order."""
    parts: defaultdict[TopicPartition, list[Received]] = defaultdict(list)
    for record in batch:
        parts[record.source].append(record)
    return list(parts.values())
