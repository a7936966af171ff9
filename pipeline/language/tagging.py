"""What an entity model is to the rest: text to mentions."""

from typing import Protocol, TypeAlias

from pipeline.records import EntityType

Mentions: TypeAlias = list[tuple[int, int, EntityType]]
"""(start, end, type) of every mention, in order, not overlapping."""


class EntityTagger(Protocol):
    """A user's own entity model. `digest`: what records name its weights by."""

    digest: str

    def __call__(self, text: str) -> Mentions:
        """The mentions of a text."""
        ...
