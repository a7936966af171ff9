"""Poison protection: which records may have killed the process, and how often each was tried.

An article can end the process: the machine runs out of memory, native code crashes or hangs. Exceptions do not tell,
so the next owner of the partition goes by what the committed offset says (Progress). It is marked `open` before the
first work on a partition, and closed when the partition is given back. Found open, it means that the owner died, most
often for quite other reasons; what it had in hand was at most one batch after that offset. These records are worked
on one by one, each attempt counted with the offset before it begins. So the one that kills is found, and its
neighbours are not blamed. The counts need no disk, and follow the partition to any machine.
"""

from pipeline.errors import ArticleRefused, ArticleTooSlow, ProcessorKilled
from pipeline.processors.batching import Budget
from pipeline.settings import Settings
from pipeline.wire.leases import Lease
from pipeline.wire.progress import Progress
from pipeline.wire.received import Received

WORKING = Progress(open=True)
"""What a committed offset says while its owner works."""


class Suspects:
    """The records that are to be tried alone, in each lease of this process."""

    def __init__(self, settings: Settings) -> None:
        self._limits = settings.processor
        self._seconds = settings.limits.seconds_per_article
        self._budgets: dict[Lease, Budget] = {}

    def take(self, lease: Lease, record: Received) -> bool:
        """Whether `record`, the next one of `lease`, is to be tried alone. Ask once for each."""
        if lease not in self._budgets:
            self._budgets = {one: budget for one, budget in self._budgets.items() if not one.closed}
            suspicious = lease.progress.open or lease.progress.attempts > 0
            self._budgets[lease] = Budget(self._limits.batch_records if suspicious else 0, self._limits.batch_bytes)
        return self._budgets[lease].take(record.size)

    def given_up(self, lease: Lease) -> ArticleRefused | None:
        """Why the next record of `lease` is not tried once more; None where it is."""
        attempts, cause = lease.progress.attempts, lease.progress.cause
        if attempts < self._limits.attempts:
            return None
        return ArticleTooSlow(self._seconds) if cause == ArticleTooSlow.reason else ProcessorKilled(attempts)

    async def begin(self, lease: Lease) -> None:
        """Counts an attempt, where it survives whatever the attempt does."""
        await lease.mark(Progress(open=True, attempts=lease.progress.attempts + 1))

    async def too_slow(self, lease: Lease) -> None:
        """Says what ends the attempt that is being made."""
        await lease.mark(Progress(open=True, attempts=lease.progress.attempts, cause=ArticleTooSlow.reason))
