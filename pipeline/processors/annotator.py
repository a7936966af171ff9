"""The annotator: raw articles in; annotated articles, entities and claims out."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol, TypeAlias, TypeVar

from aiokafka import TopicPartition

from pipeline.errors import ArticleRefused, ArticleTooSlow, ProcessorKilled
from pipeline.formats import Withdrawal
from pipeline.processors import worker
from pipeline.processors.batching import Budget, batches
from pipeline.processors.breaker import Breaker
from pipeline.processors.clock import ArticleClock
from pipeline.processors.decoding import Decoded, Wish, decode
from pipeline.processors.endings import Ending, end
from pipeline.processors.processor import Processor
from pipeline.processors.revisions import Changes, Ledger
from pipeline.processors.tally import Tally
from pipeline.records import AnnotatedArticle, Article
from pipeline.settings import DeadLettersSettings, Settings
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_RAW, CLAIMS, DEAD_LETTERS, ENTITIES
from pipeline.wire import faults
from pipeline.wire.claims import Claim, Claims
from pipeline.wire.dead_letters import Failure, dead_letter
from pipeline.wire.limits import largest_records
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.partition import partition_for
from pipeline.wire.progress import Progress
from pipeline.wire.received import Received
from pipeline.wire.standing import Change
from pipeline.wire.standings import Standings

log = logging.getLogger(__name__)

T = TypeVar("T")
Owned: TypeAlias = tuple[Claim, Received]

_LAST_WORDS_SECONDS = 5.0


class Model(Protocol):
    """What annotates: `pipeline.language.Model`."""

    def annotate(self, articles: Sequence[Article]) -> list[AnnotatedArticle]:
        """Blocking; one thread at a time. May raise ArticleRefused."""
        ...


@dataclass(slots=True)
class Done:
    """One record, worked on: what it changes, and why some of it is given up."""

    record: Received
    changes: Changes
    failure: Failure | None = None


class Annotator:
    """Works through the stream of one process. Any error that leaves it is a reason to end the process.

    `loading` gives the model. All blocking work is done in the one thread of `executor`. `stopping` says when to finish
    the batch in hand and take no more.
    """

    def __init__(
        self,
        settings: Settings,
        loading: Awaitable[Model],
        *,
        group: str,
        claims: Claims,
        standings: Standings,
        destination: Destination,
        executor: Executor,
        stopping: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._group = group
        self._claims = claims
        self._standings = standings
        self._destination = destination
        self._executor = executor
        self._stopping = stopping
        self._largest = largest_records(settings, destination)
        self._suspected: dict[Claim, Budget] = {}
        self._alone: Claim | None = None
        self._errors, self._refusals = breakers(settings.dead_letters)
        self._tally = Tally("articles")
        self._loop = asyncio.get_running_loop()
        self._clock = ArticleClock(settings.limits.seconds_per_article, self._expired)
        self._loading = loading
        self._model: Model
        self._busy = asyncio.Lock()

    async def run(self, stream: Any) -> None:
        """Until the stream ends: batches, one after the other."""
        self._model = await self._loading
        limits = self._settings.processor
        async for events in stream.noack_take(limits.batch_records, within=limits.batch_wait_seconds):
            records = [Received.of(event.message) for event in events]
            for batch in batches(records, most=limits.batch_records, size=limits.batch_bytes):
                # When stopping, the others are left for the next owner: their offsets are not committed.
                async with self._busy:
                    if not self._stopping.is_set():
                        await self.process(batch)
            for event in events:
                event.ack()

    def working(self) -> bool:
        """Whether an article is being worked on, for which it has `limits.seconds_per_article`."""
        return self._clock.ticking

    async def finish(self) -> None:
        """Waits for the batch in hand, then gives the partitions back."""
        async with self._busy:
            await self._claims.release()

    async def process(self, batch: Sequence[Received]) -> None:
        """One batch: each record becomes outputs or a dead letter, once, and its offset is committed with them."""
        together: list[Owned] = []
        faults.reach("batch")
        for records in by_partition(batch):
            admitted = await self._claims.admit(records)
            if admitted is None:
                continue
            claim, records = admitted
            for record in records:
                if self._suspect(claim, record):
                    await self._try_alone(claim, record)
                else:
                    together.append((claim, record))
        if together:
            for claim in {claim for claim, _ in together}:
                await claim.mark(Progress(open=True))
            await self._commit(together, await self._work(together))

    async def _try_alone(self, claim: Claim, record: Received) -> None:
        """A record that may have killed the process: its attempts are counted where they survive the process."""
        progress = claim.progress
        if progress.attempts >= self._settings.processor.attempts:
            reason = ArticleTooSlow(self._clock.limit) if progress.cause == ArticleTooSlow.reason else None
            error = reason or ProcessorKilled(progress.attempts)
            await self._commit(
                [(claim, record)], [Done(record, Changes(), Failure("annotate", [error], progress.attempts))]
            )
            return
        await claim.mark(Progress(open=True, attempts=progress.attempts + 1))
        self._alone = claim
        done = await self._work([(claim, record)])
        self._alone = None
        await self._commit([(claim, record)], done)

    async def _work(self, owned: Sequence[Owned]) -> list[Done]:
        """Decode, see what stands for these articles, annotate."""
        decoded = await self._run(lambda: [self._decode(record) for _, record in owned])
        await self._read_on(owned, decoded)
        done = await self._run(lambda: self._annotate(decoded))
        self._tally.add(count(decoded, done))
        return done

    def _decode(self, record: Received) -> Decoded:
        with self._clock.running():
            return decode(record, self._settings.limits)

    async def _read_on(self, owned: Sequence[Owned], decoded: Sequence[Decoded]) -> None:
        """Brings the knowledge of what stands up to date, for the articles of this batch."""
        raw = self._destination.partitions[self._claims.topic]
        needed: dict[tuple[int, Claim], bool] = {}
        for (claim, record), one in zip(owned, decoded, strict=True):
            for article in map(article_of, one.wishes):
                where = self._place(article), claim
                keyed = record.key == article.encode() and record.partition == partition_for(article.encode(), raw)
                needed[where] = needed.get(where, True) and keyed
        for (partition, claim), sole in needed.items():
            await self._standings.read_on(partition, claim, sole=sole)

    def _annotate(self, decoded: Sequence[Decoded]) -> list[Done]:
        articles = {article_of(wish) for one in decoded for wish in one.wishes}
        standing = self._standings.of((self._place(article), article) for article in articles)
        ledger = Ledger(standing, self._destination, self._largest)
        return [self._annotate_record(one, ledger) for one in decoded]

    def _annotate_record(self, decoded: Decoded, ledger: Ledger) -> Done:
        done = Done(decoded.record, Changes())
        failed: list[BaseException] = []
        for wish in filter(ledger.supersedes, decoded.wishes):
            if isinstance(wish, Withdrawal):
                ledger.withdraw(wish, done.changes)
                continue
            error = self._annotate_article(wish, decoded.record, ledger, done.changes)
            self._errors.add(error is not None and not isinstance(error, ArticleRefused))
            if error is not None:
                failed.append(error)
        self._refusals.add(bool(decoded.refused))
        errors = [*decoded.refused, *failed]
        if errors:
            done.failure = Failure("decode" if decoded.refused else "annotate", errors)
        return done

    def _annotate_article(
        self, article: Article, record: Received, ledger: Ledger, changes: Changes
    ) -> Exception | None:
        try:
            with self._clock.running():
                faults.reach("annotate")
                (annotated,) = self._model.annotate([article])
            ledger.annotate(annotated, record, changes)
        except Exception as error:
            # What the input or the model is at fault for is this article's alone; the breaker sees when it is more.
            if not isinstance(error, ArticleRefused):
                log.exception("annotating %s failed", record.source)
            return error
        return None

    async def _commit(self, owned: Sequence[Owned], done: Sequence[Done]) -> None:
        """One transaction for each partition: outputs, dead letters, and the offset after them."""
        by_claim: defaultdict[Claim, list[Done]] = defaultdict(list)
        for (claim, _), one in zip(owned, done, strict=True):
            by_claim[claim].append(one)
        await asyncio.gather(*(self._commit_partition(claim, part) for claim, part in by_claim.items()))

    async def _commit_partition(self, claim: Claim, done: Sequence[Done]) -> None:
        changes = Changes()
        for one in done:
            changes.extend(one.changes)
            if one.failure is not None:
                changes.outgoing.append(self._dead_letter(one.record, one.failure))
        sent = await claim.commit(done[-1].record.offset + 1, changes.outgoing, Progress(open=True))
        if sent is None:
            return
        committed: defaultdict[int, list[Change]] = defaultdict(list)
        for index, article, standing in changes.standing:
            committed[changes.outgoing[index].partition].append(Change(sent[index], article, standing))
        for partition, part in committed.items():
            await self._standings.committed(partition, part)

    def _dead_letter(self, record: Received, failure: Failure) -> Outgoing:
        name = DEAD_LETTERS.full_name(self._destination.prefix, self._destination.run)
        return dead_letter(
            record,
            failure,
            group=self._group,
            destination=self._destination,
            largest=self._largest[name],
            now=datetime.now(UTC),
        )

    def _suspect(self, claim: Claim, record: Received) -> bool:
        """Whether `record` may have been in hand when an earlier owner died: the first batch's worth after its
        offset."""
        if claim not in self._suspected:
            self._suspected = {one: budget for one, budget in self._suspected.items() if not one.closed}
            limits = self._settings.processor
            most = limits.batch_records if claim.progress.open or claim.progress.attempts else 0
            self._suspected[claim] = Budget(most, limits.batch_bytes)
        return self._suspected[claim].take(record)

    def _place(self, article: str) -> int:
        return self._destination.place(ARTICLES_ANNOTATED, article)[1]

    def _expired(self) -> None:
        asyncio.run_coroutine_threadsafe(self._too_slow(), self._loop)

    async def _too_slow(self) -> None:
        claim = self._alone
        if claim is not None:
            with suppress(Exception):
                mark = claim.mark(Progress(open=True, attempts=claim.progress.attempts, cause=ArticleTooSlow.reason))
                await asyncio.wait_for(mark, _LAST_WORDS_SECONDS)
        end(Ending.CRASHED, "an article took longer than limits.seconds_per_article = %g s", self._clock.limit)

    async def _run(self, function: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._executor, function)


def article_of(wish: Wish) -> str:
    """The id of the article that is to be annotated or withdrawn."""
    return wish.article_id if isinstance(wish, Withdrawal) else wish.id


def count(decoded: Sequence[Decoded], done: Sequence[Done]) -> Counter[str]:
    """What a batch was, for the log."""
    counts = Counter[str]()
    for one in decoded:
        counts["articles"] += len(one.wishes)
        counts["refused"] += len(one.refused)
        counts.update({f"skipped ({reason})": number for reason, number in one.skipped.items()})
    counts["dead letters"] = sum(one.failure is not None for one in done)
    return +counts


def by_partition(batch: Sequence[Received]) -> list[list[Received]]:
    """`batch` in parts, one for each partition, each in its order."""
    parts: defaultdict[TopicPartition, list[Received]] = defaultdict(list)
    for record in batch:
        parts[record.source].append(record)
    return list(parts.values())


def breakers(limits: DeadLettersSettings) -> tuple[Breaker, Breaker]:
    """For articles on which the annotator itself failed, and for records that it refused."""
    errors = Breaker(
        "articles that the annotator failed on",
        in_a_row=limits.errors_in_a_row,
        share=limits.error_share,
        window=limits.error_window,
        advice="See the errors above; go back to the version before, or mend the model. Nothing is lost: the articles "
        "are still in their topic, and `claimwire dead-letters retry --reason error` sends those given up once more.",
    )
    refusals = Breaker(
        "refused records",
        in_a_row=limits.refusals_in_a_row,
        share=limits.refusal_share,
        window=limits.refusal_window,
        advice="`claimwire dead-letters list` shows why. Stop the producer that sends them, or raise "
        "dead_letters.refusals_in_a_row and refusal_share if they are what you expect.",
    )
    return errors, refusals


def run(settings: Settings, load: Callable[[], Model], *, supervised: bool = False) -> NoReturn:
    """An annotator until it is told to stop. `load` makes the model, while the process joins its group."""
    stop_seconds = settings.processor.stop_seconds
    worker.run(lambda stopping: _main(settings, load, stopping), stop_seconds=stop_seconds, supervised=supervised)


async def _main(settings: Settings, load: Callable[[], Model], stopping: asyncio.Event) -> None:
    executor = ThreadPoolExecutor(1, thread_name_prefix="model")
    loading = asyncio.get_running_loop().run_in_executor(executor, worker.loaded, load)
    names = [topic.full_name(settings.topic_prefix) for topic in (ARTICLES_RAW, ARTICLES_ANNOTATED, ENTITIES, CLAIMS)]
    names.append(DEAD_LETTERS.full_name(settings.topic_prefix))
    partitions = await worker.broker_ready(settings, names, stopping)
    if partitions is None:
        return
    processor = Processor(settings, "annotator", ARTICLES_RAW.full_name(settings.topic_prefix))
    annotator = Annotator(
        settings,
        loading,
        group=processor.group,
        claims=processor.claims,
        standings=Standings(
            ARTICLES_ANNOTATED.full_name(settings.topic_prefix),
            settings.state_dir / "annotator",
            processor.reader,
            executor,
            markers=settings.delivery == "exactly_once",
        ),
        destination=Destination(settings.topic_prefix, partitions),
        executor=executor,
        stopping=stopping,
    )
    await processor.bury_dead()
    processor.watch(annotator.working)
    await worker.serve(processor.app(annotator.run), stopping, annotator.finish)
