"""One processor on Faust: its consumer group, its leases, and the app that feeds its agent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from pipeline.processors.endings import Ending, end
from pipeline.processors.membership import bury_dead, client_id
from pipeline.processors.stall import StallWatch
from pipeline.processors.worker import fail
from pipeline.settings import Settings
from pipeline.wire import connection, security
from pipeline.wire.at_least_once import AtLeastOnce
from pipeline.wire.faust_app import App, Tables
from pipeline.wire.leases import Leases
from pipeline.wire.reader import Reader
from pipeline.wire.schema_ids import IdentifyingProducer, SchemaIds
from pipeline.wire.transactions import Transactions

log = logging.getLogger(__name__)

# A transaction that follows another one at once is told to come again while the broker still writes its markers.
_BACKOFF_MS = 25
# Bytes read ahead of each partition; a larger record still comes. All of it is worked off before another partition has
# its turn: with much more, one would stand still for minutes.
_FETCH = 128 * 1024


class Processor:
    """What a processor needs of Kafka. `name`: "annotator"; its group is the prefix and that. `topic`: its input."""

    def __init__(self, settings: Settings, name: str, topic: str) -> None:
        self.settings = settings
        self.group = f"{settings.topic_prefix}{name}"
        self.name = name
        self.client = client_id(name)
        self.reader = Reader(settings, self.group)
        self.schema_ids = SchemaIds(settings)
        self.leases: Leases
        if settings.delivery == "exactly_once":
            self.leases = Transactions(topic, self.reader, group=self.group, producer=self._transactional)
        else:
            self.leases = AtLeastOnce(topic, self.reader, commit=self._commit, producer=self._idempotent)
        self._app: App

    def app(self, agent: Callable[[Any], Awaitable[None]]) -> App:
        """The Faust app, not yet started. An error that leaves `agent` ends the process."""
        limits = self.settings.processor
        self._app = app = App(
            self.group,
            broker=[f"kafka://{server}" for server in connection.servers(self.settings)],
            broker_client_id=self.client,
            broker_credentials=security.faust_credentials(self.settings.kafka),
            broker_session_timeout=limits.session_seconds,
            # A heartbeat is also how a member hears that another one has come: it waits that long for its share.
            broker_heartbeat_interval=limits.session_seconds / 10,
            broker_max_poll_records=max(1, limits.buffer_records // 2),
            stream_buffer_maxsize=2 * limits.buffer_records,
            consumer_auto_offset_reset="earliest",
            consumer_max_fetch_size=_FETCH,
            # Without tables there is nothing to stand by; this also gives the group the plain round-robin assignor.
            table_standby_replicas=0,
            TableManager=Tables,
            topic_disable_leader=True,
            topic_allow_declare=False,
            web_enabled=False,
            datadir=self.settings.state_dir / "faust",
        )
        app.leases = self.leases
        app.on_lease_failure = fail
        app.buffer_records = limits.buffer_records
        app.buffer_bytes = limits.buffer_bytes

        async def guarded(stream: Any) -> None:
            try:
                await agent(stream)
            except Exception as error:
                # Faust would restart the agent, and the next commit would pass over the batch.
                fail(error)

        guarded.__name__ = self.group
        app.agent(app.topic(self.leases.topic, key_serializer="raw", value_serializer="raw"))(guarded)
        return app

    async def identify(self, topics: Iterable[str]) -> None:
        """Learns the ids of the schemas of what is written to `topics`, where records are to say them.

        Raises RegistryUnavailable, RegistryRefused, SchemaNotRegistered.
        """
        await asyncio.to_thread(self.schema_ids.load, topics)

    async def bury_dead(self) -> None:
        """Frees the partitions of processes of this machine that were killed. Best effort: else they wait for a
        while."""
        try:
            await asyncio.to_thread(bury_dead, self.settings, self.group, self.name)
        except Exception as error:
            log.debug("looking for dead members: %r", error)

    def watch(self, working: Callable[[], bool]) -> None:
        """Ends the process when records wait and nothing moves. `working`: whether something that takes long is going
        on."""
        StallWatch(
            self.settings,
            group=self.group,
            topic=self.leases.topic,
            client=self.client,
            working=working,
            stalled=lambda why: end(Ending.TRY_AGAIN, "%s", why),
        ).start()

    def _transactional(self, transactional_id: str) -> AIOKafkaProducer:
        timeout = round(self.settings.processor.transaction_seconds * 1000)
        return self._producer(transactional_id=transactional_id, transaction_timeout_ms=timeout)

    def _idempotent(self) -> AIOKafkaProducer:
        return self._producer(enable_idempotence=True)

    def _producer(self, **arguments: Any) -> AIOKafkaProducer:
        return IdentifyingProducer(
            self.schema_ids,
            **connection.aiokafka(self.settings, client=self.client),
            max_request_size=connection.largest_record(self.settings),
            max_batch_size=connection.BATCH_BYTES,
            compression_type=connection.COMPRESSION,
            retry_backoff_ms=_BACKOFF_MS,
            **arguments,
        )

    async def _commit(self, source: TopicPartition, offset: OffsetAndMetadata) -> None:
        await self._app.commit_offset(source, offset)
