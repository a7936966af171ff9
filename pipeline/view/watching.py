"""What Operations shows of the rest: how far processors and replay runs are, and the dead letters by reason."""

import logging
import threading
from collections import Counter
from typing import Any

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, RetriableError

from pipeline.errors import AccessDenied, BrokerUnavailable, ClaimwireError, UndecodableRecord
from pipeline.records import DeadLetterHeader, Run
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW, DEAD_LETTERS, RUNS
from pipeline.wire import admin
from pipeline.wire.codec import decode
from pipeline.wire.dead_letters import DeadLetter
from pipeline.wire.received import Received
from pipeline.wire.runs import all_done, annotator_group, annotator_progress, share_done
from pipeline.wire.tail import Tail

log = logging.getLogger(__name__)

_POLL_SECONDS = 5.0
_AGAIN_SECONDS = 5.0


class Watch:
    """Looks from a thread; a broker that is away leaves the last figures standing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._letters: Counter[tuple[str, str]] = Counter()
        self._groups: list[dict[str, Any]] = []
        self._runs: dict[str, Run] = {}
        self._annotated: dict[str, float] = {}  # by run: the part of what was sent
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Returns at once."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Ends its connections."""
        self._stopping.set()
        self._thread.join(seconds)

    def status(self) -> dict[str, Any]:
        """`groups`: each with its lag by partition; `dead_letters`: counts by reason and stage, the most first.

        `runs`: replay runs, the latest first; `annotated`: which part of what has been sent, None while sending, and
        where the cluster does not let us see it.
        """
        with self._lock:
            letters = [
                {"reason": reason, "stage": stage, "count": count}
                for (reason, stage), count in self._letters.most_common()
            ]
            runs = [
                {
                    "name": run.name,
                    "created_at": run.created_at,
                    "sent": run.sent,
                    "refused": sum(run.refused.values()),
                    "complete": run.complete,
                    "annotated": self._annotated.get(run.name) if run.complete else None,
                }
                for run in sorted(self._runs.values(), key=lambda run: run.created_at, reverse=True)
            ]
            return {"groups": list(self._groups), "dead_letters": letters, "runs": runs}

    def _run(self) -> None:
        names = [topic.full_name(self._settings.topic_prefix) for topic in (DEAD_LETTERS, RUNS)]
        said = ""
        while not self._stopping.is_set():
            try:
                with self._lock:
                    self._letters.clear()
                    self._runs.clear()
                with Tail(self._settings, names, {}) as tail:
                    while not self._stopping.is_set():
                        self._look(tail)
            except (BrokerUnavailable, RetriableError) as error:
                log.debug("watching: %s", error)  # the sink beside it says so, and tries again, too
            except (ClaimwireError, KafkaError) as error:
                if str(error) != said:
                    log.warning("Operations shows no lag, dead letters and runs: %s", error)
                said = str(error)
            except Exception:
                log.exception("watching failed")
            self._stopping.wait(_AGAIN_SECONDS)

    def _look(self, tail: Tail) -> None:
        batch = tail.poll(0.5 if tail.ended else 0.1)
        for record in batch.records if batch else ():
            if record.topic == RUNS.full_name(self._settings.topic_prefix):
                self._keep(record)
                continue
            letter = DeadLetter.of(record)
            # A mark of `dead-letters retry` has no reason.
            if letter.reason:
                with self._lock:
                    self._letters[letter.reason, letter.said.get(DeadLetterHeader.STAGE, "")] += 1
        if batch is None:
            self._measure()
            self._stopping.wait(_POLL_SECONDS)

    def _keep(self, record: Received) -> None:
        name = (record.key or b"").decode("utf-8", "replace")
        try:
            run = decode(Run, record.value) if record.value is not None else None
        except UndecodableRecord as error:
            log.debug("watching: %s", error)
            return
        with self._lock:
            if run is None:
                self._runs.pop(name, None)
            else:
                self._runs[name] = run
            self._annotated.pop(name, None)

    def _measure_runs(self) -> None:
        for run in list(self._runs.values()):
            if not run.complete or self._annotated.get(run.name) == 1.0:
                continue
            try:
                with annotator_progress(self._settings, run.name) as progress:
                    committed = progress.committed()
            except AccessDenied:
                continue  # it is not known then; all else is
            part = 1.0 if all_done(committed, run.ends) else share_done(committed, run.ends)
            with self._lock:
                self._annotated[run.name] = part

    def _measure(self) -> None:
        raw = ARTICLES_RAW.full_name(self._settings.topic_prefix)
        group = annotator_group(self._settings.topic_prefix)
        count = admin.partition_counts(self._settings, [raw])[raw]
        partitions = [TopicPartition(raw, number) for number in range(count)]
        with admin.admin(self._settings) as client:
            ends = client.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
        with annotator_progress(self._settings) as progress:
            committed = progress.committed()
        lag = []
        for partition in partitions:
            left = max(0, ends[partition].offset - committed.get(str(partition.partition), 0))
            lag.append({"topic": raw, "partition": partition.partition, "lag": left})
        with self._lock:
            self._groups = [{"group": group, "lag": lag}]
        self._measure_runs()
