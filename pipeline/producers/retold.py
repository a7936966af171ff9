"""History out of `articles.raw`: records as they came, once more."""

from collections.abc import Iterator
from datetime import datetime

from pipeline.errors import NothingToWithdraw
from pipeline.producers.history import Gathering, Piece
from pipeline.producers.pace import Pace
from pipeline.records import Run
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW
from pipeline.wire.headers import CONTENT_TYPE, PROMOTED, header
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.partition import partition_for
from pipeline.wire.ranges import RangeReader
from pipeline.wire.received import Received


class Retold:
    """The records of `articles.raw` between two times. The position is the next offset of each partition.

    Key, value, headers and timestamp stay as they are, and so does the partition where both topics have as many.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topic = ARTICLES_RAW.full_name(settings.topic_prefix)

    def bounds(self, since: datetime | None, until: datetime | None) -> tuple[dict[str, int], dict[str, int]]:
        """Where to begin and where to stop in each partition (see RangeReader). Raises BrokerUnavailable."""
        with RangeReader(self._settings, self._topic, client="replay") as reader:
            return reader.bounds(since, until)

    def pieces(self, run: Run, *, destination: Destination, pace: Pace) -> Iterator[Piece]:
        """What is left to send."""
        with RangeReader(self._settings, self._topic, client="replay") as reader:
            mine = destination.partitions[ARTICLES_RAW.full_name(destination.prefix, run.name)]
            same = mine == reader.partitions
            left = {part: offset for part, offset in run.next.items() if offset < run.stop[part]}
            reader.seek(left)
            position = dict(run.next)
            gathering = Gathering(run)
            while left:
                for number, records in reader.poll().items():
                    part = str(number)
                    for record in records:
                        if record.offset >= run.stop[part]:
                            break
                        _take(gathering, record, destination, pace, same=same)
                        position[part] = record.offset + 1
                        if gathering.full:
                            piece = gathering.close(next=dict(position))
                            yield piece
                            gathering = Gathering(piece.run)
                for part in list(left):
                    if reader.position(int(part)) >= run.stop[part]:
                        position[part] = run.stop[part]
                        reader.finish(int(part))
                        del left[part]
            yield gathering.close(next=position)


def _take(gathering: Gathering, record: Received, destination: Destination, pace: Pace, *, same: bool) -> None:
    if header(record.headers, CONTENT_TYPE) == PROMOTED:
        # What an earlier run made of an article that came before: its own record is replayed.
        gathering.skipped["promoted"] += 1
        return
    if record.key is None and record.value is None:
        # No client sends such a thing, and the annotator could only refuse it.
        gathering.unsent(NothingToWithdraw())
        return
    pace.wait()
    name = ARTICLES_RAW.full_name(destination.prefix, destination.run)
    partitions = destination.partitions[name]
    # What has no key keeps its place among its neighbours.
    place = record.partition if same or record.key is None else partition_for(record.key, partitions)
    timestamp = record.timestamp if record.timestamp >= 0 else None  # a record may be without
    # kafka-python sends no header without a value.
    headers = [(header_name, data or b"") for header_name, data in record.headers]
    gathering.article(Outgoing(name, record.key, record.value, headers, place % partitions, timestamp))
