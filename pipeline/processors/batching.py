"""Records into batches: small enough that one is done in a second or so, large enough that a commit costs little."""

from collections.abc import Iterator, Sequence

from pipeline.wire.received import Received


class Budget:
    """What one batch may hold: `records` of them, and `size` bytes of their values. One record always fits."""

    def __init__(self, records: int, size: int) -> None:
        self._records = records
        self._size = size

    def take(self, record: Received) -> bool:
        """Whether there was room left for `record`; then there is less."""
        fits = self._records > 0 and self._size > 0
        if fits:
            self._records -= 1
            self._size -= record.size
        return fits


def batches(records: Sequence[Received], *, most: int, size: int) -> Iterator[list[Received]]:
    """`records` in their order, cut so that each part fits a Budget of `most` records and `size` bytes."""
    batch: list[Received] = []
    budget = Budget(most, size)
    for record in records:
        if not budget.take(record):
            yield batch
            batch, budget = [], Budget(most, size)
            budget.take(record)
        batch.append(record)
    if batch:
        yield batch
