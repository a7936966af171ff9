"""The end of embargoes: what is held is annotated when its time has come, between the batches of an annotator."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from pipeline.errors import ProcessorKilled
from pipeline.processors import worker
from pipeline.processors.embargoes import Embargoes, Held
from pipeline.processors.revisions import Changes
from pipeline.processors.workbench import Done
from pipeline.wire import faults
from pipeline.wire.dead_letters import Failure
from pipeline.wire.leases import Lease, Leases
from pipeline.wire.outgoing import Outgoing
from pipeline.wire.progress import Progress
from pipeline.wire.received import Received

_LOOK_SECONDS = 0.5  # between looks at what is held


class Releases:
    """Looks at what is held under each lease, and releases what is due, one article in two transactions.

    `attempts`: after so many an article is given up. The rest is the annotator's: `between_batches` waits until it
    works on nothing else; `annotate` gives what a held record (its value) changes; `dead_letter` the letter of a
    record; `send` commits changes, with the offset and the progress of a lease.
    """

    def __init__(
        self,
        leases: Leases,
        embargoes: Embargoes,
        *,
        attempts: int,
        between_batches: Callable[[], AbstractAsyncContextManager[None]],
        annotate: Callable[[Lease, Received, bytes, Held], Awaitable[Done]],
        dead_letter: Callable[[Received, Failure], Outgoing],
        send: Callable[[Lease, Changes, int, Progress], Awaitable[None]],
    ) -> None:
        self._leases = leases
        self._embargoes = embargoes
        self._attempts = attempts
        self._between_batches = between_batches
        self._annotate = annotate
        self._dead_letter = dead_letter
        self._send = send

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`. An error ends the process: what was committed is unknown then."""
        try:
            while not stopping.is_set():
                await asyncio.sleep(_LOOK_SECONDS)
                for lease in self._leases.current():
                    for held in await self._due(lease):
                        async with self._between_batches():
                            if not stopping.is_set():
                                await self._release(lease, held)
        except Exception as error:
            worker.fail(error)

    async def _due(self, lease: Lease) -> list[Held]:
        holds = self._embargoes.known(lease)
        if holds is None:
            async with self._between_batches():
                if lease.closed:
                    return []
                holds = await self._embargoes.of(lease)
        return holds.due(datetime.now(UTC))

    async def _release(self, lease: Lease, held: Held) -> None:
        holds = await self._embargoes.of(lease)
        # What was due may have been lifted, and the partition taken away, while another one was released.
        if lease.closed or held not in holds.due(datetime.now(UTC)):
            return
        value, headers = await self._embargoes.read(holds, held)
        record = holds.raw(value, headers)
        if held.attempts >= self._attempts:
            done = Done(record, Changes(), Failure("annotate", [ProcessorKilled(held.attempts)], held.attempts))
        else:
            # Counted where it survives whatever the attempt does.
            counted = Changes([holds.again(held, value, headers)])
            held.attempts += 1
            await self._send(lease, counted, lease.committed, lease.progress)
            faults.reach("release")
            done = await self._annotate(lease, record, value, held)
        done.changes.outgoing.append(holds.gone(held))
        if done.failure is not None:
            done.changes.outgoing.append(self._dead_letter(record, done.failure))
        await self._send(lease, done.changes, lease.committed, lease.progress)
