"""Pairs of news claims to be read and labelled: `python -m training.relation_pairs annotated.jsonl --out pairs.jsonl`.

`annotated.jsonl` holds the lines of `claimwire annotate`, in the order of publication. Each pair is one that the
relations processor would compare. Labels go into `training/relations.jsonl`, as article ids, offsets and labels: no
text. `--show` prints the pairs for reading.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from pipeline.language import likeness
from pipeline.language.aboutness import about, subjects
from pipeline.language.loading import tokeniser
from pipeline.language.sources import SourceNames
from pipeline.language.vectors import WIDTH, SentenceVectors
from pipeline.processors.comparison_window import Candidate, ComparisonWindow, Held
from pipeline.records import AnnotatedArticle, ComparableClaim
from pipeline.settings import RelationsSettings
from pipeline.wire.codec import decode


def compared(path: Path, settings: RelationsSettings) -> Iterator[tuple[Held, Candidate]]:
    """Every pair that the processor would judge, as it would come upon them."""
    window = ComparisonWindow(settings, SentenceVectors.load(tokeniser()), WIDTH, SourceNames(), lambda entity: True)
    with path.open("rb") as lines:
        for line in lines:
            article = decode(AnnotatedArticle, line)
            topical = subjects(article)
            signature = likeness.encode(likeness.signature(article.text))
            time = article.published_at or datetime(1970, 1, 1, tzinfo=UTC)
            for claim in article.claims:
                entities = about(claim, topical)
                held = window.add(ComparableClaim(claim, entities, time, signature)) if entities else None
                if held is not None:
                    yield from ((held, candidate) for candidate in window.candidates(held))


def side(held: Held) -> dict[str, Any]:
    """A claim by where it stands."""
    return {"article": held.claim.article.id, "spans": held.claim.content.spans}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("annotated", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--similarity", type=float, default=RelationsSettings().min_similarity)
    parser.add_argument("--show", action="store_true", help="print them for reading")
    args = parser.parse_args()
    settings = RelationsSettings(min_similarity=args.similarity)
    with args.out.open("wb") as out:
        for number, (new, candidate) in enumerate(compared(args.annotated, settings)):
            row = {"one": side(candidate.held), "other": side(new), "similarity": round(candidate.similarity, 4)}
            out.write(orjson.dumps(row) + b"\n")
            if args.show:
                for held in (candidate.held, new):
                    print(f"{number} [{held.claim.source.name or held.claim.source.text}] {held.text}")


if __name__ == "__main__":
    main()
