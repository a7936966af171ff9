from hypothesis import given
from hypothesis import strategies as st

from pipeline.processors.batching import batches
from pipeline.wire.received import Received


@given(st.lists(st.integers(0, 50)), st.integers(1, 5), st.integers(1, 60))
def test_batches_keep_order_and_budget(sizes: list[int], most: int, size: int) -> None:
    records = [Received("raw", 0, n, 0, None, b"x" * length, []) for n, length in enumerate(sizes)]
    cut = list(batches(records, most=most, size=size))
    assert [record for batch in cut for record in batch] == records
    for batch in cut:
        assert 1 <= len(batch) <= most
        # Only the last one may have gone over.
        assert sum(record.size for record in batch[:-1]) < size
