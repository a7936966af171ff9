"""Which articles are one story under several publishers, by their MinHash: so reprints count as one voice."""

from collections import deque

from pipeline.language import likeness
from pipeline.language.likeness import Signature

_ROWS = 4  # numbers in a band: at a similarity of 0.5, two signatures share one of the 16 bands in 64 % of cases


class Stories:
    """The recent articles, at most `most`, by the bands of their signatures."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._articles: dict[str, tuple[str, Signature]] = {}  # id: first article of its story, signature
        self._bands: dict[tuple[int, bytes], list[str]] = {}
        self._by_age: deque[str] = deque()

    def origin(self, article: str, signature: Signature) -> str:
        """The id of the article that this one is a reprint of; its own where it is the first."""
        known = self._articles.get(article)
        if known is not None:
            return known[0]
        origin = article
        bands = self._of(signature)
        for other in dict.fromkeys(one for band in bands for one in self._bands.get(band, ())):
            first, theirs = self._articles[other]
            if likeness.similarity(signature, theirs) >= likeness.REPRINT:
                origin = first
                break
        self._articles[article] = (origin, signature)
        self._by_age.append(article)
        for band in bands:
            self._bands.setdefault(band, []).append(article)
        self._forget()
        return origin

    def _forget(self) -> None:
        while len(self._by_age) > self._most:
            oldest = self._by_age.popleft()
            _, signature = self._articles.pop(oldest)
            for band in self._of(signature):
                left = [one for one in self._bands[band] if one != oldest]
                if left:
                    self._bands[band] = left
                else:
                    del self._bands[band]

    @staticmethod
    def _of(signature: Signature) -> list[tuple[int, bytes]]:
        return [(n, signature[n : n + _ROWS].tobytes()) for n in range(0, len(signature), _ROWS)]
