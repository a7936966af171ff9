"""Examples of like length together, since padding is computed too."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def grouped(examples: Sequence[T], length: Callable[[T], int], pieces: int, pool: int) -> Iterator[list[T]]:
    """Batches of about `pieces` padded word pieces, each from `pool` neighbouring examples sorted by length."""
    for at in range(0, len(examples), pool):
        group: list[T] = []
        for example in sorted(examples[at : at + pool], key=length):
            if group and length(example) * (len(group) + 1) > pieces:
                yield group
                group = []
            group.append(example)
        yield group
