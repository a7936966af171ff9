"""The blocking part of annotating, for one thread: bytes to articles, articles to records."""

import logging
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from pipeline import metrics
from pipeline.errors import ArticleRefused
from pipeline.formats import Withdrawal
from pipeline.language.memory import give_back_now_and_then
from pipeline.processors import observing
from pipeline.processors.breaker import Breaker
from pipeline.processors.clock import ArticleClock
from pipeline.processors.decoding import Decoded, decode
from pipeline.processors.embargoes import Holds
from pipeline.processors.revisions import Changes, Ledger
from pipeline.processors.tally import Tally
from pipeline.records import AnnotatedArticle, Article
from pipeline.settings import DeadLettersSettings, Settings
from pipeline.wire import faults, tracing
from pipeline.wire.dead_letters import Failure, what_and_where
from pipeline.wire.received import Received

log = logging.getLogger(__name__)


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


class Workbench:
    """Decodes and annotates. `clock` watches each article.

    An exception concerns the article that it was raised for, and becomes its dead letter; two circuit breakers see when
    it is more than that.
    """

    def __init__(self, settings: Settings, clock: ArticleClock) -> None:
        self._limits = settings.limits
        self._clock = clock
        self._errors, self._refusals = _breakers(settings.dead_letters)
        self._tally = Tally("articles")

    def decode(self, records: Sequence[Received]) -> list[Decoded]:
        """What each record asks for."""
        return [self._decode(record) for record in records]

    def annotate(self, model: Model, decoded: Sequence[Decoded], ledger: Ledger, holds: Sequence[Holds]) -> list[Done]:
        """What each record changes, in order. `holds`: of the partition of each.

        Raises BreakerOpen: then nothing of the batch is to be committed.
        """
        with tracing.batch([one.record for one in decoded]):
            done = [self._record(model, one, ledger, held) for one, held in zip(decoded, holds, strict=True)]
        self._tally.add(_counts(decoded, done))
        observing.batch(decoded)
        give_back_now_and_then()
        return done

    def release(self, model: Model, article: Article, record: Received, ledger: Ledger, *, corrects: bool) -> Done:
        """What an article changes whose embargo has ended. `record`: the one that it came in."""
        done = Done(record, Changes())
        if ledger.releases(article, corrects=corrects):
            error = self._article(model, article, record, ledger, done.changes)
            if error is not None:
                done.failure = Failure("annotate", [error])
        return done

    def _decode(self, record: Received) -> Decoded:
        with self._clock.running():
            return decode(record, self._limits)

    def _record(self, model: Model, decoded: Decoded, ledger: Ledger, holds: Holds) -> Done:
        with tracing.processing(decoded.record):
            return self._wishes(model, decoded, ledger, holds)

    def _wishes(self, model: Model, decoded: Decoded, ledger: Ledger, holds: Holds) -> Done:
        done = Done(decoded.record, Changes())
        failed: list[Exception] = []
        for wish in decoded.wishes:
            due = wish.embargoed_until if isinstance(wish, Article) else None
            if isinstance(wish, Article) and due is not None and due > datetime.now(UTC):
                error = self._hold(wish, due, decoded.record, ledger, holds, done.changes)
                if error is not None:
                    failed.append(error)
                continue
            done.changes.outgoing += holds.lift(wish)
            if not ledger.supersedes(wish):
                metrics.ARTICLES.labels("superseded").inc()
                continue
            if isinstance(wish, Withdrawal):
                ledger.withdraw(wish, done.changes)
                metrics.ARTICLES.labels("withdrawn").inc()
                continue
            error = self._article(model, wish, decoded.record, ledger, done.changes)
            self._errors.add(error is not None and not isinstance(error, ArticleRefused))
            metrics.ARTICLES.labels("annotated" if error is None else "failed").inc()
            if error is not None:
                failed.append(error)
        self._refusals.add(bool(decoded.refused))
        if decoded.refused or failed:
            done.failure = Failure("decode" if decoded.refused else "annotate", [*decoded.refused, *failed])
        return done

    @staticmethod
    def _hold(
        article: Article, due: datetime, record: Received, ledger: Ledger, holds: Holds, changes: Changes
    ) -> Exception | None:
        if ledger.supersedes(article):
            try:
                changes.outgoing += holds.hold(article, due, record, corrects=ledger.stands(article))
            except ArticleRefused as refused:
                return refused
        return None

    def _article(
        self, model: Model, article: Article | AnnotatedArticle, record: Received, ledger: Ledger, changes: Changes
    ) -> Exception | None:
        try:
            if isinstance(article, AnnotatedArticle):
                annotated = article
            else:
                with self._clock.running():
                    faults.reach("annotate")
                    with observing.inference(model):
                        (annotated,) = model.annotate([article])
            ledger.annotate(annotated, record, changes)
        except Exception as error:
            if not isinstance(error, ArticleRefused):
                trace = "".join(traceback.format_tb(error.__traceback__))
                log.error(
                    "annotating offset %d of %s: %s\n%s", record.offset, record.source, what_and_where(error), trace
                )
            return error
        observing.annotated(annotated)
        return None


def _counts(decoded: Sequence[Decoded], done: Sequence[Done]) -> Counter[str]:
    counts = Counter[str]()
    for one in decoded:
        counts["articles"] += len(one.wishes)
        counts["refused"] += len(one.refused)
        counts.update({f"skipped ({reason})": number for reason, number in one.skipped.items()})
    counts["dead letters"] = sum(one.failure is not None for one in done)
    return +counts


def _breakers(limits: DeadLettersSettings) -> tuple[Breaker, Breaker]:
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
