"""The most confident contradictions in a body of news: `python -m training.contradictions annotated.jsonl`.

`annotated.jsonl` holds the lines of `claimwire annotate`, in the order of publication, say of 2,000 AllSides articles:
every pair that the relations processor would compare is judged as it would judge it, and the likeliest contradictions
are printed for reading. What was read and found right or wrong stands in `training/contradictions.jsonl`, as article
ids, offsets and labels: no text. Precision is printed of those of the list that are in it.
"""

import argparse
import heapq
from pathlib import Path

import orjson
from rich.console import Console
from rich.progress import track

from pipeline.language.loading import stance_judge
from pipeline.language.relating import RELATIONS, RelationJudge, decided
from pipeline.processors.comparison_window import Held, comparison
from pipeline.settings import LanguageSettings, RelationsSettings
from training.relation_pairs import compared, side

READ = Path(__file__).with_name("contradictions.jsonl")
CUTS = (30, 100)


def key(row: dict[str, object]) -> bytes:
    """What two rows about the same pair share."""
    return b"|".join(sorted(orjson.dumps(row[each]) for each in ("one", "other")))


def told(held: Held) -> str:
    """A claim for reading."""
    source = held.claim.source.name or held.claim.source.text or "nobody named"
    denies = "denies: " if held.claim.content.denied else ""
    return f"[{held.claim.article.publisher}, {held.time:%Y-%m-%d}, {source}] {denies}{held.text}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("annotated", type=Path)
    parser.add_argument("--top", type=int, default=100)
    parser.add_argument("--out", type=Path, help="write them there too, to be labelled")
    args = parser.parse_args()
    judge, contradict = RelationJudge.load(stance_judge(LanguageSettings())), RELATIONS.index("contradict")
    settings, seen = RelationsSettings(), 0
    best: list[tuple[float, int, Held, Held]] = []
    pairs = compared(args.annotated, settings)
    for seen, (new, candidate) in enumerate(track(pairs, "judging", console=Console(stderr=True)), 1):
        (scores,) = judge([comparison(new, candidate)])
        entry = (float(scores[contradict]), -seen, candidate.held, new)
        if decided(scores, agree=settings.min_agree, contradict=settings.min_contradict) == "contradict":
            (heapq.heappush if len(best) < args.top else heapq.heappushpop)(best, entry)
    labels = (
        {key(row): row["label"] for row in map(orjson.loads, READ.read_bytes().splitlines())} if READ.exists() else {}
    )
    ranked, right = sorted(best, reverse=True), []
    rows = []
    for number, (score, _, one, other) in enumerate(ranked, 1):
        row = {"one": side(one), "other": side(other), "score": round(score, 4)}
        row["label"] = labels.get(key(row))
        rows.append(row)
        right.append(row["label"] == "contradict")
        print(f"{number}. {score:.2f} {row['label'] or 'not read'}\n  {told(one)}\n  {told(other)}")
    if args.out:
        args.out.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    print(f"{seen:,} pairs compared")
    for cut in CUTS:
        read = [hit for hit, row in zip(right[:cut], rows[:cut], strict=True) if row["label"]]
        if read:
            print(f"of the first {cut}: {len(read)} read, {sum(read)} right ({sum(read) / len(read):.0%})")


if __name__ == "__main__":
    main()
