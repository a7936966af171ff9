"""What an article becomes on a raw topic."""

from datetime import UTC, datetime

from pipeline.errors import ArticleTooLarge
from pipeline.records import Article
from pipeline.topics import ARTICLES_RAW
from pipeline.wire.codec import encode
from pipeline.wire.headers import event_headers
from pipeline.wire.outgoing import Destination, Outgoing


def raw_record(article: Article, *, source: str, destination: Destination, limit: int) -> Outgoing:
    """The canonical JSON of `article`, keyed by its id. `source`: of the event.

    Raises ArticleTooLarge beyond `limit` bytes: the processors would refuse it too, and it is better to be told before.
    """
    value = encode(article)
    if len(value) > limit:
        raise ArticleTooLarge(len(value), limit, "bytes")
    topic, partition = destination.place(ARTICLES_RAW, article.id)
    event = f"{article.id}@{article.revision}"
    headers = event_headers(type="claimwire.article", source=source, id=event, time=datetime.now(UTC))
    return Outgoing(topic, article.id.encode(), value, headers, partition)
