"""Sending records so that none is lost in silence and memory stays bounded."""

import contextlib
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from pipeline.errors import DeliveryFailed
from pipeline.settings import Settings
from pipeline.wire.connection import BATCH_BYTES, COMPRESSION, LINGER_MS, kafka_python, largest_record, reachable
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.schema_ids import SchemaIds

_RECORD_OVERHEAD = 200  # bytes that a record takes in this process beyond its key and value, roughly

_CLOSE_SECONDS = 5.0


class Producer:
    """An idempotent producer, acks=all. As a context manager it has delivered all on leaving, or raises.

    kafka-python keeps whatever it is given until it is delivered; here `send` waits while `buffer_bytes` are on their
    way, so a slow cluster slows the caller. The first record that cannot be delivered within `patience` seconds ends
    the whole: later ones would overtake it.
    """

    def __init__(
        self, settings: Settings, *, client: str, buffer_bytes: int = 32 * 1024 * 1024, patience: float = 60.0
    ) -> None:
        """Raises BrokerUnavailable."""
        self._schema_ids = SchemaIds(settings)
        with reachable(settings):
            self._producer = KafkaProducer(
                **kafka_python(settings, client=client),
                compression_type=COMPRESSION,
                batch_size=BATCH_BYTES,
                linger_ms=LINGER_MS,
                max_request_size=largest_record(settings),
                delivery_timeout_ms=int(patience * 1000),
                request_timeout_ms=int(patience * 500),
                max_block_ms=int(patience * 1000),
                allow_auto_create_topics=False,
            )
        self._limit = buffer_bytes
        # Guards what follows; notified whenever a record is done with.
        self._change = threading.Condition()
        self._records = 0
        self._bytes = 0
        self._failure: KafkaError | None = None
        self._topic = ""

    def send(
        self,
        record: Outgoing,
        delivered: Callable[[], None] = lambda: None,
        placed: Callable[[int, int], None] = lambda partition, offset: None,
    ) -> None:
        """Hands a record over, and waits first while too much is on its way.

        `delivered` is called once the cluster has the record, from another thread; `placed` just before it, with the
        record's partition and offset. Raises DeliveryFailed for this or
        an earlier record.
        """
        size = len(record.key or b"") + len(record.value or b"") + _RECORD_OVERHEAD
        self._wait_until(lambda: self._bytes == 0 or self._bytes + size <= self._limit)
        with self._change:
            self._records += 1
            self._bytes += size
            self._topic = record.topic

        def done(failure: KafkaError | None, *, tell: bool = True) -> None:
            with self._change:
                self._bytes -= size
                if failure is None:
                    self._records -= 1
                else:
                    # Counted as not delivered for good.
                    self._failure = self._failure or failure
                self._change.notify_all()
            if failure is None and tell:
                delivered()

        try:
            future = self._producer.send(
                record.topic,
                key=record.key,
                value=record.value,
                headers=[*record.headers, *self._schema_ids.headers(record.topic, record.value)],
                partition=record.partition,
                timestamp_ms=record.timestamp,
            )
        except KafkaError as error:
            done(error)
            self._raise_failure()
        except BaseException:
            # Ctrl-C: nobody will ever say what became of this record, so nobody may wait for it.
            done(None, tell=False)
            raise
        else:
            future.add_callback(lambda metadata: placed(metadata.partition, metadata.offset))
            future.add_callback(lambda metadata: done(None))
            future.add_errback(done)

    def flush(self, seconds: float | None = None) -> None:
        """Returns when every record is delivered. Raises DeliveryFailed, also where that takes over `seconds`."""
        if not self._wait_until(lambda: self._records == 0, seconds):
            raise DeliveryFailed(self._topic, self._records, f"the cluster did not confirm them within {seconds:g} s")

    def close(self) -> None:
        """Lets the connections go; what is not delivered by then is given up."""
        with contextlib.suppress(KafkaError):
            self._producer.close(timeout=0 if self._failure else _CLOSE_SECONDS)

    def _wait_until(self, condition: Callable[[], bool], seconds: float | None = None) -> bool:
        deadline = None if seconds is None else time.monotonic() + seconds
        with self._change:
            while self._failure is None and not condition():
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                self._change.wait(left)
            self._raise_failure()
        return True

    def _raise_failure(self) -> None:
        if self._failure is not None:
            reason = str(self._failure) or type(self._failure).__name__
            raise DeliveryFailed(self._topic, self._records, reason) from self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.flush()
        finally:
            self.close()
