"""Articles from files onto the topic `articles.raw`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.errors import ArticleRefused
from pipeline.formats import Skipped, Withdrawal
from pipeline.producers import files
from pipeline.producers.files import InputFile
from pipeline.producers.raw import raw_record
from pipeline.records import Article
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW
from pipeline.wire.admin import partition_counts
from pipeline.wire.outgoing import Destination
from pipeline.wire.producer import Producer

Unsent = Skipped | ArticleRefused

_SOURCE = "/claimwire/ingest"
_INTERRUPTED_SECONDS = 15.0


@dataclass
class Progress:
    """How far an ingest has come. `reading`: the path at which it is. The rest are counts.

    `sent` and `withdrawn` have reached the cluster.
    """

    reading: str = ""
    sent: int = 0
    withdrawn: int = 0
    skipped: int = 0
    refused: int = 0


class Ingest:
    """Sends files to the cluster. `progress` can be read at any time, also after an error or an interruption."""

    def __init__(self, settings: Settings) -> None:
        """Raises BrokerUnavailable, TopicMissing."""
        self.settings = settings
        self.progress = Progress()
        name = ARTICLES_RAW.full_name(settings.topic_prefix)
        self._destination = Destination(settings.topic_prefix, partition_counts(settings, [name]))

    def run(
        self,
        found: Iterable[InputFile],
        *,
        format: str | None = None,
        accepted: Callable[[str], None] = lambda article: None,
        unsent: Callable[[str, Unsent], None] = lambda path, outcome: None,
        read: Callable[[int], object] | None = None,
    ) -> None:
        """Sends every article of `found`, each file in order, and returns when all have reached the cluster.

        `accepted` is told the id of each article that is sent; `unsent` of each item that was skipped or refused, with
        the path of its file; `read` of each number of bytes read. Ctrl-C delivers what was accepted before it goes on
        as KeyboardInterrupt. Raises DeliveryFailed.
        """
        with Producer(self.settings, client="ingest") as producer:
            try:
                for file in found:
                    self.progress.reading = file.path
                    for outcome in files.read(file, format=format, limits=self.settings.limits, progress=read):
                        refused = self._take(producer, outcome)
                        if refused is not None:
                            unsent(file.path, refused)
                        elif isinstance(outcome, Article):
                            accepted(outcome.id)
            except KeyboardInterrupt:
                producer.flush(_INTERRUPTED_SECONDS)
                raise

    def _take(self, producer: Producer, outcome: Article | Withdrawal | Unsent) -> Unsent | None:
        if isinstance(outcome, Article | Withdrawal):
            largest = self.settings.limits.max_record_bytes
            try:
                record = raw_record(outcome, self._destination, source=_SOURCE, largest=largest)
            except ArticleRefused as refused:
                outcome = refused
            else:
                producer.send(record, self._count_sent if isinstance(outcome, Article) else self._count_withdrawn)
                return None
        if isinstance(outcome, Skipped):
            self.progress.skipped += 1
        else:
            self.progress.refused += 1
        return outcome

    # Called from the producer's thread alone, so that counting needs no lock.

    def _count_sent(self) -> None:
        self.progress.sent += 1

    def _count_withdrawn(self) -> None:
        self.progress.withdrawn += 1
