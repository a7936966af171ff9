"""Sources across articles: whether two names mean one source.

"Benjamin Netanyahu", "Israeli Prime Minister Benjamin Netanyahu" and "Netanyahu" are one; "Smith" is not every Smith.
Unnamed sources ("officials") are nobody's namesake.
"""

from collections.abc import Iterable, Mapping

from pipeline.ids import normalised
from pipeline.records import Source

_ARTICLES = frozenset({"the", "a", "an"})


class SourceNames:
    """What sources are called. `aliases`: other names of a source, by the name that stands for it."""

    def __init__(self, aliases: Mapping[str, Iterable[str]] | None = None) -> None:
        self._canonical = {
            _words(name): canonical for canonical, names in (aliases or {}).items() for name in (canonical, *names)
        }

    def canonical(self, name: str) -> str:
        """The name that stands for `name`: itself where no alias says otherwise."""
        return self._canonical.get(_words(name), name)

    def same(self, one: Source, other: Source) -> bool:
        """Whether both are the same source, as far as their names say. Ask only of articles on the same subject."""
        if "unnamed" in (one.kind, other.kind) or one.name is None or other.name is None:
            return False
        first, second = (self.canonical(source.name or "") for source in (one, other))
        if _words(first) == _words(second):
            return True
        if (one.kind, other.kind) != ("person", "person"):
            return False
        short, long = sorted((_words(first), _words(second)), key=len)
        # A title before the name, or the surname alone: the words of one end the other.
        return bool(short) and long[-len(short) :] == short


def _words(name: str) -> tuple[str, ...]:
    words = tuple(word.strip(".,'’\"“”") for word in normalised(name).split())
    return words[1:] if len(words) > 1 and words[0] in _ARTICLES else words
