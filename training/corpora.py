"""The research data sets, as rows. They live outside the repository: see `docs/models.md`."""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Sets with no development part of their own.
UNDIVIDED = frozenset({"stance/gwsd.train", "stance/ibm_claim_stance.train"})

ROOT = Path(os.environ.get("CLAIMWIRE_SHARED", "../shared")) / "data"


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Rows of one file, as `attribution/polnear.train`."""
    with gzip.open(ROOT / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def held_out(row: dict[str, Any]) -> bool:
    """Whether a row of a set without a development part serves as one: a fifth, by a stable hash of its id."""
    return hashlib.sha256(row["id"].encode()).digest()[0] < 51


def tagged_documents(name: str) -> Iterator[tuple[str, str, list[tuple[int, int, str]]]]:
    """(document id, text, [(start, end, label)]) of a BIO set: tokens by spaces, sentences by line breaks."""
    document, text = None, ""
    spans: list[tuple[int, int, str]] = []
    for row in rows(name):
        if document is not None and row["doc"] != document:
            yield document, text, spans
            text, spans = "", []
        document = row["doc"]
        text += "\n" if text else ""
        for n, (token, tag) in enumerate(zip(row["tokens"], row["tags"], strict=True)):
            text += " " if n else ""
            start = len(text)
            text += token
            if tag[0] == "B" or (tag[0] == "I" and not (n and spans and row["tags"][n - 1][2:] == tag[2:])):
                spans.append((start, len(text), tag[2:]))
            elif tag[0] == "I":
                spans[-1] = (spans[-1][0], len(text), tag[2:])
    if document is not None:
        yield document, text, spans
