"""How alike two texts are, from a few hundred bytes of each: MinHash (Broder 1997) over five-word shingles.

The share of equal numbers in two signatures estimates the Jaccard similarity of the two sets of shingles. It tells a
reprint of a wire story from another story on the same events.
"""

import base64
import re
import zlib

import numpy as np
import numpy.typing as npt

Signature = npt.NDArray[np.uint32]

PERMUTATIONS = 64
SHINGLE = 5  # words
REPRINT = 0.5  # from this similarity on, two texts are one story

_RANDOM = np.random.default_rng(1997)
_FACTORS = _RANDOM.integers(0, 1 << 64, PERMUTATIONS, dtype=np.uint64) | np.uint64(1)
_ADDENDS = _RANDOM.integers(0, 1 << 64, PERMUTATIONS, dtype=np.uint64)


def signature(text: str) -> Signature:
    """(PERMUTATIONS,) of a text; case, punctuation and white space do not count."""
    words = re.findall(r"\w+", text.casefold())
    shingles = {" ".join(words[n : n + SHINGLE]) for n in range(max(1, len(words) - SHINGLE + 1))}
    hashes = np.fromiter(
        (zlib.crc32(shingle.encode("utf-8", "surrogatepass")) for shingle in shingles), np.uint64, len(shingles)
    )
    # Multiply-shift (Dietzfelbinger 1996): modulo 2^64, and of that the upper half.
    permuted = (hashes[:, None] * _FACTORS + _ADDENDS) >> np.uint64(32)
    least: Signature = permuted.min(0).astype(np.uint32)
    return least


def similarity(one: Signature, other: Signature) -> float:
    """Estimated Jaccard similarity, 0 to 1."""
    return float((one == other).mean())


def encode(signature: Signature) -> str:
    """As it stands in a record."""
    return base64.b64encode(signature.astype("<u4").tobytes()).decode("ascii")


def decode(text: str) -> Signature:
    """From a record. What is no signature is like nothing."""
    try:
        found = np.frombuffer(base64.b64decode(text, validate=True), "<u4")
    except ValueError:
        found = np.zeros(0, np.uint32)
    return found if len(found) == PERMUTATIONS else np.zeros(PERMUTATIONS, np.uint32)
