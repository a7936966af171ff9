"""A producer of transactions for commands: what is sent in one is read as a whole, or never."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import InvalidProducerEpochError, KafkaError, ProducerFencedError

from pipeline.settings import Settings
from pipeline.wire import faults
from pipeline.wire.connection import BATCH_BYTES, COMPRESSION, kafka_python, largest_record, reachable
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.schema_ids import SchemaIds

Send = Callable[[Sequence[Outgoing]], list[int]]

_TRANSACTION_MS = 30_000  # after which the broker aborts what a frozen process left open
_CLOSE_SECONDS = 5.0
_FENCED = (ProducerFencedError.__name__, InvalidProducerEpochError.__name__)


class TransactionalProducer:
    """One process at a time sends under one `transactional_id`: the last one that was made.

    Making it aborts what an earlier one left open, and shuts that one out: its next transaction fails with a
    ProducerFencedError. What the other had committed can be read from then on.
    """

    def __init__(self, settings: Settings, transactional_id: str, *, client: str, patience: float = 20.0) -> None:
        """`patience`: seconds for which a record may be on its way. Raises BrokerUnavailable."""
        self._schema_ids = SchemaIds(settings)
        with reachable(settings):
            self._producer = KafkaProducer(
                **kafka_python(settings, client=client),
                transactional_id=transactional_id,
                transaction_timeout_ms=_TRANSACTION_MS,
                compression_type=COMPRESSION,
                batch_size=BATCH_BYTES,
                linger_ms=5,
                max_request_size=largest_record(settings),
                delivery_timeout_ms=int(patience * 1000),
                request_timeout_ms=int(patience * 500),
                max_block_ms=int(patience * 1000),
                allow_auto_create_topics=False,
            )
            try:
                self._producer.init_transactions()
            except BaseException:
                self.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[Send]:
        """Within: what the given function sends is committed on leaving, or aborted where something was raised.

        The function returns the offsets of its records, once the brokers have them. Raises ProducerFencedError, other
        KafkaErrors: whether a failed commit took place is learned by a new producer alone.
        """
        try:
            self._producer.begin_transaction()
            try:
                yield self._send
            except BaseException:
                self._abort()
                raise
            faults.reach("transaction.sent")
            self._producer.commit_transaction()
        except KafkaError as error:
            if not isinstance(error, ProducerFencedError) and self._shut_out(error):
                raise ProducerFencedError(str(error)) from error
            raise
        faults.reach("transaction.committed")

    def _shut_out(self, error: KafkaError) -> bool:
        """Whether this came of a later producer under the same id.

        Only the request that a broker refused fails with an error that says so by its type. The client then tries to
        get a new epoch, refusing whatever is asked of it the while; what is asked later fails with errors that name it.
        """
        deadline = time.monotonic() + _CLOSE_SECONDS
        while not any(name in repr(error) for name in _FENCED):
            if "BUMPING_PRODUCER_EPOCH" not in repr(error) or time.monotonic() > deadline:
                return False
            time.sleep(0.02)
            try:
                self._producer.begin_transaction()
            except KafkaError as later:
                error = later
            else:
                self._abort()
                return False
        return True

    def _abort(self) -> None:
        """Best effort: what went wrong already is what the caller should hear, and soon. The next producer aborts, too.

        In a thread: the client waits without limit for a cluster that is away.
        """

        def abort() -> None:
            with contextlib.suppress(KafkaError):
                self._producer.abort_transaction()

        thread = threading.Thread(target=abort, name="abort", daemon=True)
        thread.start()
        thread.join(_CLOSE_SECONDS)

    def _send(self, records: Sequence[Outgoing]) -> list[int]:
        pending: list[Any] = [
            self._producer.send(
                record.topic,
                key=record.key,
                value=record.value,
                headers=[*record.headers, *self._schema_ids.headers(record.topic, record.value)],
                partition=record.partition,
                timestamp_ms=record.timestamp,
            )
            for record in records
        ]
        self._producer.flush()
        return [future.get(timeout=0).offset for future in pending]

    def close(self) -> None:
        """Lets the connections go. A transaction that is open is left to the next producer."""
        with contextlib.suppress(KafkaError):
            self._producer.close(timeout=_CLOSE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
