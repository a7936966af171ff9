"""The relations processor: claims in; who agrees with whom, who contradicts whom, and stances on watched targets out.

Like the annotator it commits what a batch changes and the offset after it in one transaction. What it remembers is a
function of its input and of what it has published: an owner that comes new to a partition reads both again.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

from pipeline import metrics
from pipeline.grants import GRANTS
from pipeline.language.relation_model import RelationModel
from pipeline.language.sources import SourceNames
from pipeline.processors import observing, worker
from pipeline.processors.batching import Batches
from pipeline.processors.comparison_window import ComparisonWindow
from pipeline.processors.processor import Processor
from pipeline.processors.relating import Findings, Relator
from pipeline.processors.relation_history import History
from pipeline.processors.relation_outputs import RelationOutputs
from pipeline.processors.tally import Tally
from pipeline.processors.targeting import Watch
from pipeline.settings import Settings
from pipeline.topics import CLAIMS_BY_ENTITY, DEAD_LETTERS, PROPOSITIONS, RELATIONS, STANCES, TARGETS
from pipeline.wire import faults
from pipeline.wire.leases import Lease
from pipeline.wire.outgoing import Destination
from pipeline.wire.partition import partition_for
from pipeline.wire.progress import Progress
from pipeline.wire.received import Received

T = TypeVar("T")

_TARGETS_SECONDS = 1.0  # between two looks for new targets


def run(
    settings: Settings,
    load: Callable[[], RelationModel],
    names: SourceNames,
    *,
    run: str | None = None,
    supervised: bool = False,
) -> NoReturn:
    """A relations processor until it is told to stop. `load` makes the model; `names` knows the user's aliases.

    `run`: the replay run whose topics it reads and writes; targets are the live ones.
    """
    stop_seconds = settings.processor.stop_seconds
    worker.run(
        lambda stopping: _main(settings, load, names, run, stopping), stop_seconds=stop_seconds, supervised=supervised
    )


async def _main(
    settings: Settings,
    load: Callable[[], RelationModel],
    names: SourceNames,
    run: str | None,
    stopping: asyncio.Event,
) -> None:
    executor = ThreadPoolExecutor(1, thread_name_prefix="model")
    loading = asyncio.get_running_loop().run_in_executor(executor, worker.loaded, load)
    topics = (CLAIMS_BY_ENTITY, TARGETS, STANCES, RELATIONS, PROPOSITIONS, DEAD_LETTERS)
    full_names = [topic.full_name(settings.topic_prefix, run) for topic in topics]
    processor = Processor(settings, "relations" + (f".{run}" if run else ""), full_names[0])
    worker.tell(settings, loading, lambda: processor.leases.assigned)
    grant = GRANTS["relations"] if run is None else None
    partitions = await worker.broker_ready(settings, full_names, stopping, grant)
    if partitions is None:
        return
    relations = Relations(
        settings,
        processor,
        destination=Destination(settings.topic_prefix, partitions, run),
        loading=loading,
        names=names,
        executor=executor,
        stopping=stopping,
    )
    await processor.identify(full_names)
    await processor.bury_dead()
    processor.watch(relations.working)
    watching = asyncio.create_task(relations.watch_targets())
    await worker.serve(processor.app(relations.run), stopping, relations.finish)
    watching.cancel()


class Relations:
    """Works through the stream of one process. Any error that leaves it is a reason to end the process.

    All blocking work is done in the one thread of `executor`.
    """

    def __init__(
        self,
        settings: Settings,
        processor: Processor,
        *,
        destination: Destination,
        loading: Awaitable[RelationModel],
        names: SourceNames,
        executor: ThreadPoolExecutor,
        stopping: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._leases = processor.leases
        self._destination = destination
        self._outputs = RelationOutputs(settings, destination, processor.group)
        self._history = History(processor.reader, destination)
        self._loading = loading
        self._model: RelationModel
        self._names = names
        self._executor = executor
        self._stopping = stopping
        self._held: dict[Lease, tuple[Relator, Watch]] = {}
        self._busy = asyncio.Lock()
        self._at_work = False
        self._tally = Tally("claims")

    async def run(self, stream: Any) -> None:
        """Until the stream ends: batches, one after the other."""
        self._model = await self._loading
        limits = self._settings.processor
        batches = Batches(stream, most=limits.batch_records, size=limits.buffer_bytes, wait=limits.batch_wait_seconds)
        async for events in batches:
            async with self._busy:
                if not self._stopping.is_set():
                    self._at_work = True
                    await self._process([Received.of(event.message) for event in events])
                    self._at_work = False
            for event in events:
                event.ack()

    async def watch_targets(self) -> None:
        """Applies each new target to the claims that are held, and each removal; until cancelled."""
        self._model = await self._loading
        try:
            while True:
                async with self._busy:
                    for lease, (relator, watch) in list(self._held.items()):
                        await self._apply_targets(lease, relator, watch)
                await asyncio.sleep(_TARGETS_SECONDS)
        except Exception as error:
            worker.fail(error)

    async def finish(self) -> None:
        """Waits for the batch in hand, then gives the partitions back."""
        async with self._busy:
            await self._leases.release()

    def working(self) -> bool:
        """Whether there is progress that no committed offset shows: reading the window again may take long."""
        return self._at_work

    async def _process(self, batch: Sequence[Received]) -> None:
        faults.reach("batch")
        by_partition: dict[int, list[Received]] = {}
        for record in batch:
            by_partition.setdefault(record.partition, []).append(record)
        for records in by_partition.values():
            admitted = await self._leases.admit(records)
            if admitted is not None:
                await self._records(*admitted)

    async def _records(self, lease: Lease, records: Sequence[Received]) -> None:
        relator, watch = await self._owner(lease)
        observing.came(records)

        def work() -> tuple[Findings, list[Any]]:
            findings = relator.work(records)
            first = [held for held in findings.new if relator.window.mine(min(entity.id for entity in held.about))]
            return findings, watch.stances(first)

        findings, stances = await self._run(work)
        outgoing = self._outputs.of(
            findings, stances, watch.targets, partition=lease.source.partition, time=records[-1].origin.timestamp
        )
        observing.related(findings.relations.values(), stances, compared=len(findings.new))
        metrics.WINDOW.labels(str(lease.source.partition)).set(len(relator.window))
        self._tally.add(
            +Counter(
                {
                    "claims": len(findings.new),
                    "relations": sum(relation is not None for relation in findings.relations.values()),
                    "stances": len(stances),
                    "dead letters": len(findings.refused),
                }
            )
        )
        await lease.commit(records[-1].offset + 1, outgoing, replace(lease.progress, open=False))

    async def _owner(self, lease: Lease) -> tuple[Relator, Watch]:
        """What is held of the lease's partition: read again where this process has just got it."""
        if lease not in self._held:
            self._held = {one: held for one, held in self._held.items() if not one.closed}
            metrics.WINDOW.clear()  # of partitions that are another's by now
            for one, (held, _) in self._held.items():
                metrics.WINDOW.labels(str(one.source.partition)).set(len(held.window))
            settings, model = self._settings.relations, self._model
            count = self._destination.partitions[lease.source.topic]
            partition = lease.source.partition
            window = ComparisonWindow(
                settings,
                model.vector,
                model.width,
                self._names,
                lambda entity: partition_for(entity.encode(), count) == partition,
            )
            relator = Relator(window, model.relation, model.annotator, settings)
            watch = Watch(model.vector, model.stance, model.annotator, similarity=settings.target_similarity)
            async for records in self._history.input(lease):
                await self._run(lambda records=records: relator.reread(records))  # type: ignore[misc]
            published = await self._history.published(partition)
            await self._run(lambda: relator.restore(*published))
            for change in await self._history.targets(0, lease.progress.targets):
                watch.take(change)
            self._held[lease] = relator, watch
        return self._held[lease]

    async def _apply_targets(self, lease: Lease, relator: Relator, watch: Watch) -> None:
        if lease.closed:
            return
        end = await self._history.targets_end()
        if end <= lease.progress.targets:
            return
        changes = await self._history.targets(lease.progress.targets, end)

        def work() -> tuple[list[Any], list[Any]]:
            made, gone = [], []
            for change in changes:
                before = watch.take(change)
                mine = [held for held in relator.window if relator.window.mine(min(entity.id for entity in held.about))]
                if change.target is not None:
                    made += watch.stances(mine, [change.id])
                elif before is not None:
                    gone += [(held.claim, change.id) for held in mine if watch.near(held, before)]
            return made, gone

        made, gone = await self._run(work)
        observing.watched(made)
        outgoing = self._outputs.stances(made, gone, time=datetime.now(UTC))
        await lease.commit(lease.committed, outgoing, Progress(targets=end))

    async def _run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)
