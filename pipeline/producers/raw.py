"""What `articles.raw` is sent: canonical articles, and tombstones for what their publishers withdrew."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pipeline import metrics
from pipeline.errors import ArticleTooLarge
from pipeline.formats import Withdrawal
from pipeline.records import Article
from pipeline.topics import ARTICLES_RAW
from pipeline.wire import tracing
from pipeline.wire.codec import encode
from pipeline.wire.headers import event_headers
from pipeline.wire.outgoing import Destination, Outgoing, tombstone


def raw_record(
    wish: Article | Withdrawal,
    destination: Destination,
    *,
    source: str,
    largest: int,
    received: Iterable[tuple[str, bytes]] = (),
) -> Outgoing:
    """The record. `source`: who sends it, for `ce_source`; `received`: headers whose trace context is passed on.

    Raises ArticleTooLarge beyond `largest` bytes: the processors refuse it too, and it is better to be told before it
    is on the wire.
    """
    if isinstance(wish, Withdrawal):
        key = wish.article_id
        return tombstone(ARTICLES_RAW, key.encode(), article=key, destination=destination)
    value = encode(wish)
    if len(value) > largest:
        raise ArticleTooLarge(len(value), largest, "bytes")
    topic, partition = destination.place(ARTICLES_RAW, wish.id)
    with tracing.creating(topic, wish.id, received) as trace:
        headers = event_headers(
            type="claimwire.article",
            source=source,
            id=f"{wish.id}@{wish.revision}",
            time=datetime.now(UTC),
            received=trace,
        )
    metrics.PRODUCED.labels(source.rpartition("/")[2]).inc()
    return Outgoing(topic, wish.id.encode(), value, headers, partition)
