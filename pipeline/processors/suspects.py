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
from pipeline.wire.claims import Claim
from pipeline.wire.progress import Progress
from pipeline.wire.received import Received

WORKING = Progress(open=True)
"""What a committed offset says while its owner works."""


class Suspects:
    """The records that are to be tried alone, in each claim of this process."""

    def __init__(self, settings: Settings) -> None:
        self._limits = settings.processor
        self._seconds = settings.limits.seconds_per_article
        self._budgets: dict[Claim, Budget] = {}

    def take(self, claim: Claim, record: Received) -> bool:
        """Whether `record`, the next one of `claim`, is to be tried alone. Ask once for each."""
        if claim not in self._budgets:
            self._budgets = {one: budget for one, budget in self._budgets.items() if not one.closed}
            suspicious = claim.progress.open or claim.progress.attempts > 0
            self._budgets[claim] = Budget(self._limits.batch_records if suspicious else 0, self._limits.batch_bytes)
        return self._budgets[claim].take(record.size)

    def given_up(self, claim: Claim) -> ArticleRefused | None:
        """Why the next record of `claim` is not tried once more; None where it is."""
        attempts, cause = claim.progress.attempts, claim.progress.cause
        if attempts < self._limits.attempts:
            return None
        return ArticleTooSlow(self._seconds) if cause == ArticleTooSlow.reason else ProcessorKilled(attempts)

    async def begin(self, claim: Claim) -> None:
        """Counts an attempt, where it survives whatever the attempt does."""
        await claim.mark(Progress(open=True, attempts=claim.progress.attempts + 1))

    async def too_slow(self, claim: Claim) -> None:
        """Says what ends the attempt that is being made."""
        await claim.mark(Progress(open=True, attempts=claim.progress.attempts, cause=ArticleTooSlow.reason))
