"""Articles that may not be published yet: held until their time, then annotated.

An article under embargo is put into `articles.embargoed` in the transaction that commits the offset of its raw record:
so it is in exactly one of the two. The owner of a raw partition also owns what is held from it, under the same
transactional id: it reads that once when it takes the partition, and keeps in memory what is held and until when, not
the texts. When an article's time has come, its claims and the tombstone of the held record commit in one transaction.
A process that dies in between changes nothing: the next owner finds the article still held, and due. Nothing waits
for it meanwhile: the raw partition goes on.

A withdrawal, or a later revision without an embargo, ends the holding at once; in order, since the one owner does both.

An article that kills the process would do so again at each start. So each attempt is counted in the held record,
committed before it begins; after `processor.attempts` of them the article is a dead letter.
"""

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import TopicPartition

from pipeline.errors import ArticleTooLarge
from pipeline.formats import Withdrawal
from pipeline.processors.decoding import Wish
from pipeline.records import Article, DeadLetterHeader
from pipeline.topics import ARTICLES_EMBARGOED
from pipeline.wire import codec
from pipeline.wire.headers import CONTENT_TYPE, JSON, Headers, event_headers, header
from pipeline.wire.leases import Lease
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.reader import Reader
from pipeline.wire.received import Received

_CORRECTS = "claimwire-corrects"  # the article's revision stood already, and this is to replace it
_FRAMING = 1024  # bytes that key, headers and framing take beside the value
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Held:
    """An article that is held. `offset`: in `articles.embargoed`; None until it is committed.

    `corrects`: something of the same revision stood when it came.
    """

    article: str
    revision: int
    due: datetime
    corrects: bool
    offset: int | None = None
    attempts: int = 0


class Holds:
    """What is held from one raw partition. Changes as work goes on: a commit that fails ends the process."""

    def __init__(self, source: TopicPartition, destination: Destination, largest: int) -> None:
        name = ARTICLES_EMBARGOED.full_name(destination.prefix, destination.run)
        self.topic = TopicPartition(name, source.partition % destination.partitions[name])
        self._source = source
        self._largest = largest
        self._held: dict[str, Held] = {}

    def due(self, now: datetime) -> list[Held]:
        """Those whose time has come, the earliest first. May be called while another thread works with this."""
        ready = [held for held in list(self._held.values()) if held.due <= now and held.offset is not None]
        return sorted(ready, key=lambda held: held.due)

    def hold(self, article: Article, due: datetime, record: Received, *, corrects: bool) -> Iterator[Outgoing]:
        """Holds `article` until `due`, in place of what was held of it; a late older revision is not held.

        Gives what to send. Raises ArticleTooLarge.
        """
        before = self._held.get(article.id)
        if before is not None and before.revision > article.revision:
            return
        value = codec.encode(article)
        if len(value) + _FRAMING > self._largest:
            raise ArticleTooLarge(len(value), self._largest - _FRAMING, "bytes")
        self._held[article.id] = Held(article.id, article.revision, due, corrects)
        headers = event_headers(
            type=ARTICLES_EMBARGOED.event,
            source="/claimwire/annotator",
            id=f"{article.id}@{article.revision}",
            time=record.origin.timestamp,
            received=record.headers,
        )
        said = {
            DeadLetterHeader.OFFSET: str(record.offset),
            DeadLetterHeader.TIMESTAMP: record.origin.timestamp.isoformat(),
            _CORRECTS: str(int(corrects)),
        }
        headers += [self._mine, *((str(name), text.encode()) for name, text in said.items())]
        yield Outgoing(self.topic.topic, article.id.encode(), value, headers, self.topic.partition)

    def lift(self, wish: Wish) -> Iterator[Outgoing]:
        """Holds no longer what `wish` supersedes. Gives what to send."""
        if isinstance(wish, Withdrawal):
            held = self._held.get(wish.article_id)
            superseded = held is not None and (wish.revision is None or wish.revision >= held.revision)
        else:
            held = self._held.get(wish.id)
            superseded = held is not None and isinstance(wish, Article) and wish.revision >= held.revision
        if held is not None and superseded:
            yield self.gone(held)

    def gone(self, held: Held) -> Outgoing:
        """The tombstone of one that is held no longer."""
        self._held.pop(held.article, None)
        return Outgoing(self.topic.topic, held.article.encode(), None, [self._mine], self.topic.partition)

    def again(self, held: Held, value: bytes, headers: Headers) -> Outgoing:
        """The held record with one attempt more."""
        kept = [(name, data) for name, data in headers if name != DeadLetterHeader.ATTEMPTS]
        counted = [*kept, (DeadLetterHeader.ATTEMPTS.value, str(held.attempts + 1).encode())]
        return Outgoing(self.topic.topic, held.article.encode(), value, counted, self.topic.partition)

    def take(self, offset: int, key: bytes, value: bytes | None, headers: Headers) -> None:
        """Takes in a record of the topic, which this program wrote."""
        if header(headers, DeadLetterHeader.PARTITION) != str(self._source.partition):
            return
        if value is None:
            self._held.pop(key.decode(), None)
            return
        article = codec.decode(Article, value)
        self._held[article.id] = Held(
            article.id,
            article.revision,
            article.embargoed_until or _EPOCH,
            header(headers, _CORRECTS) == "1",
            offset,
            int(header(headers, DeadLetterHeader.ATTEMPTS) or 0),
        )

    def committed(self, article: str, offset: int) -> None:
        """Says where what was held last of `article` lies."""
        if article in self._held:
            self._held[article].offset = offset

    def raw(self, value: bytes, headers: Headers) -> Received:
        """The record that a held one came in, as canonical JSON: what its claims, or its dead letter, speak of."""
        came = datetime.fromisoformat(header(headers, DeadLetterHeader.TIMESTAMP) or _EPOCH.isoformat())
        ours = {
            DeadLetterHeader.PARTITION,
            DeadLetterHeader.OFFSET,
            DeadLetterHeader.TIMESTAMP,
            DeadLetterHeader.ATTEMPTS,
        }
        passed_on = [
            (name, data)
            for name, data in headers
            if name not in ours and name not in (_CORRECTS, CONTENT_TYPE) and not name.startswith("ce_")
        ]
        return Received(
            self._source.topic,
            self._source.partition,
            int(header(headers, DeadLetterHeader.OFFSET) or 0),
            round((came - _EPOCH).total_seconds() * 1000),
            codec.decode(Article, value).id.encode(),
            value,
            [(CONTENT_TYPE, JSON.encode()), *passed_on],
        )

    @property
    def _mine(self) -> tuple[str, bytes]:
        return DeadLetterHeader.PARTITION.value, str(self._source.partition).encode()


class Embargoes:
    """What is held from each raw partition that this process owns."""

    def __init__(self, reader: Reader, destination: Destination, largest: int) -> None:
        """`largest`: bytes of the largest record of `articles.embargoed`."""
        self._reader = reader
        self._destination = destination
        self._largest = largest
        self._holds: dict[Lease, Holds] = {}

    async def of(self, lease: Lease) -> Holds:
        """What is held under `lease`; read from the topic the first time."""
        if lease not in self._holds:
            self._holds = {one: holds for one, holds in self._holds.items() if not one.closed}
            holds = Holds(lease.source, self._destination, self._largest)
            end = await self._reader.end(holds.topic)
            if end:
                async with aclosing(self._reader.records(holds.topic, 0, end)) as batches:
                    async for records in batches:
                        for record in records:
                            holds.take(record.offset, record.key or b"", record.value, list(record.headers))
            self._holds[lease] = holds
        return self._holds[lease]

    def known(self, lease: Lease) -> Holds | None:
        """What is held under `lease`, where it has been read."""
        return self._holds.get(lease)

    async def read(self, holds: Holds, held: Held) -> tuple[bytes, Headers]:
        """The value and the headers of a held record."""
        assert held.offset is not None  # due() gives no other
        async with aclosing(self._reader.records(holds.topic, held.offset, held.offset + 1)) as batches:
            async for records in batches:
                return records[0].value, list(records[0].headers)
        raise LookupError(f"{holds.topic} has no record at offset {held.offset}")

    def committed(self, lease: Lease, outgoing: Outgoing, offset: int) -> None:
        """Takes in where a record of `articles.embargoed` was written; -1: the broker did not say."""
        holds = self._holds.get(lease)
        if holds is None or outgoing.topic != holds.topic.topic or outgoing.value is None:
            return
        if offset < 0:
            del self._holds[lease]  # to be read anew
        else:
            holds.committed((outgoing.key or b"").decode(), offset)
