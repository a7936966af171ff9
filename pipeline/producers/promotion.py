"""Making what a replay run found what stands live.

The annotated articles of the run are sent to the live raw topic, under a content type of their own, and the live
annotator takes them as they are. So the one who writes about an article stays the one who owns its partition: it knows
what stood before, withdraws what the run does not have, and puts the promotion in order with the corrections that
come meanwhile. Each article changes in one transaction. An article whose live revision is newer stays as it is.

Doing it again sends what still differs, which is nothing where all was done. It can be stopped anywhere: what was
sent will be taken in, what was not is sent the next time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pipeline.consumers.comparison import Comparison, Standing
from pipeline.consumers.run_results import whole
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_RAW
from pipeline.wire.admin import partition_counts
from pipeline.wire.headers import CONTENT_TYPE, PROMOTED, event_headers
from pipeline.wire.outgoing import Destination, Outgoing, tombstone
from pipeline.wire.producer import Producer
from pipeline.wire.received import Received
from pipeline.wire.runs import ends_after


@dataclass(slots=True)
class Promoted:
    """Counts of articles. `same`: stood so already; `newer`: the live revision is newer, and stays.

    `ends`: partition of `articles.raw` and the offset after what was sent there.
    """

    sent: int = 0
    withdrawn: int = 0
    same: int = 0
    newer: int = 0
    ends: dict[str, int] = field(default_factory=dict)


class Promotion:
    """Of one run. Raises RunUnknown, TopicMissing, BrokerUnavailable."""

    def __init__(self, settings: Settings, run: str) -> None:
        self._settings = settings
        self._run = run
        name = ARTICLES_RAW.full_name(settings.topic_prefix)
        self._destination = Destination(settings.topic_prefix, partition_counts(settings, [name]))

    def send(self, told: Callable[[Promoted], object] = lambda promoted: None) -> Promoted:
        """Sends what differs. Returns once the cluster has it; the live annotator then takes it in.

        `told` hears of each article. Raises DeliveryFailed: what the cluster has by then stands.
        """
        promoted = Promoted()
        wanted: set[tuple[int, int]] = set()  # partition and offset of each record that is to stand
        sent: list[tuple[int, int]] = []
        with Comparison(self._settings, None, self._run) as comparison:
            for live, run in comparison.pairs():
                if self._differs(live, run, promoted):
                    wanted.add((run.partition, run.offset))
        if not wanted:
            return promoted
        # No transaction: its marker would look like a record that nobody deals with to whoever watches the lag.
        with Producer(self._settings, client="promote") as producer:
            for record in self._records(wanted):
                producer.send(record, placed=lambda partition, offset: sent.append((partition, offset)))
                if record.value is None:
                    promoted.withdrawn += 1
                else:
                    promoted.sent += 1
                told(promoted)
            producer.flush()
        promoted.ends = ends_after({}, sent)
        return promoted

    @staticmethod
    def _differs(live: Standing | None, run: Standing, promoted: Promoted) -> bool:
        if live is None or live.withdrawn:
            return not run.withdrawn
        if live.digest == run.digest:
            promoted.same += 1
            return False
        # None: a run that saw no revision of what it withdrew.
        if run.revision is not None and live.revision is not None and live.revision > run.revision:
            promoted.newer += 1
            return False
        return True

    def _records(self, wanted: set[tuple[int, int]]) -> Iterator[Outgoing]:
        for record in whole(self._settings, ARTICLES_ANNOTATED, self._run):
            if (record.partition, record.offset) in wanted:
                yield self._raw(record)

    def _raw(self, record: Received) -> Outgoing:
        key = record.key or b""
        article = key.decode()
        if record.value is None:
            gone = tombstone(ARTICLES_RAW, key, article=article, destination=self._destination)
            return replace(gone, headers=[(CONTENT_TYPE, PROMOTED.encode())])  # so that no replay repeats it
        topic, partition = self._destination.place(ARTICLES_RAW, article)
        event = event_headers(
            type="claimwire.article.promoted",
            source=f"/claimwire/runs/{self._run}",
            id=f"{article}@{self._run}",
            time=datetime.now(UTC),
            received=record.headers,
        )
        headers = [(name, data) for name, data in event if name != CONTENT_TYPE]
        return Outgoing(topic, key, record.value, [*headers, (CONTENT_TYPE, PROMOTED.encode())], partition)
