"""What a processor counts of its work. Numbers alone: see pipeline/metrics.py."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline import metrics
from pipeline.errors import ArticleRefused
from pipeline.records import AnnotatedArticle, Relation, Stance
from pipeline.wire.dead_letters import ERROR, Failure
from pipeline.wire.received import Received

if TYPE_CHECKING:
    from pipeline.processors.decoding import Decoded


log = logging.getLogger(__name__)


@contextmanager
def inference(model: object) -> Iterator[None]:
    """Times what is within. A model that counts its `word_pieces` gets its speed told."""
    before, began = getattr(model, "word_pieces", 0), time.perf_counter()
    yield
    seconds, tokens = time.perf_counter() - began, getattr(model, "word_pieces", 0) - before
    metrics.INFERENCE_SECONDS.inc(seconds)
    if tokens:
        metrics.INFERENCE_TOKENS.inc(tokens)
        metrics.INFERENCE.observe(1000 * seconds / tokens)


def annotated(article: AnnotatedArticle) -> None:
    """Counts what was found in it."""
    for claim in article.claims:
        metrics.CLAIMS.labels(claim.content.form).inc()
        metrics.CONFIDENCE.labels("claim").observe(claim.confidence)
        for stance in claim.stances:
            metrics.STANCES.labels(stance.label).inc()
            metrics.CONFIDENCE.labels("stance").observe(stance.confidence)


def batch(decoded: "Sequence[Decoded]") -> None:
    """Counts a batch: its size, how long its records had waited, what was skipped."""
    came([one.record for one in decoded])
    for one in decoded:
        for reason, count in one.skipped.items():
            metrics.SKIPPED.labels(reason).inc(count)


def came(records: Sequence[Received]) -> None:
    """Counts a batch: its size, and how long its records had waited."""
    now = time.time()
    metrics.BATCH.observe(len(records))
    for record in records:
        metrics.QUEUE_WAIT.observe(max(0.0, now - record.timestamp / 1000))


def related(relations: Iterable[Relation | None], stances: Iterable[Stance], *, compared: int) -> None:
    """Counts what was found among `compared` claims; None: a relation that is no more."""
    metrics.COMPARED.inc(compared)
    for relation in relations:
        if relation is not None:
            metrics.RELATIONS.labels(relation.kind, relation.label).inc()
            metrics.CONFIDENCE.labels("relation").observe(relation.score)
    watched(stances)


def watched(stances: Iterable[Stance]) -> None:
    """Counts stances on watched targets."""
    for stance in stances:
        metrics.WATCHED.labels(stance.label).inc()


def given_up(failure: Failure, record: Received) -> None:
    """Counts a dead letter, and logs which record it is."""
    error = failure.errors[0]
    reason = error.reason if isinstance(error, ArticleRefused) else ERROR
    metrics.DEAD_LETTERS.labels(reason, failure.stage).inc()
    where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    log.info("gave up offset %d of %s: %s", record.offset, record.source, reason, extra={**where, "reason": reason})
