"""Train the stance model: `python -m training.train_stance --out build/stance.pt`.

Stance sets, inference sets and claims of the news are mixed in one run, since a model that sees them one after the
other forgets the first. Sets with two labels only are scored over these two, so that they do not teach that nothing
is neutral.
"""

import argparse
import math
import random
import time
from collections.abc import Iterable
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from pipeline.language.labels import STANCES
from pipeline.language.pairs import Pair, pair
from pipeline.language.windows import Tokeniser
from training import claim_pairs, corpora
from training.batching import grouped
from training.encoder import pretrained
from training.stance_model import StanceModel

T = TypeVar("T")

# How many rows of each set a run reads; more than the set has means repeats.
MIXTURE = {
    "stance/newsmtsc.train": 25_000,
    "stance/directed_sentiment.train": 22_000,
    "stance/vast.train": 20_000,
    "stance/gwsd.train": 6_000,
    "stance/emergent.train": 5_000,
    "stance/perspectrum.train": 8_000,
    "stance/ibm_claim_stance.train": 2_500,
    "stance/claimdiff.train": 1_800,
    "stance/climate_fever.train": 3_000,
    "stance/explagraphs.train": 2_300,
    "stance/iam.train": 3_500,
    "stance/ibm_kpa_2021.train": 5_000,
    "stance/semeval2016_t6.train": 2_800,
    "stance/pstance.train": 5_000,
    "stance/elecdeb.train": 2_500,
    "stance/fnc1.train": 10_000,
    "stance/arc.train": 4_000,
    "nli/mnli_course.train": 20_000,
    "nli/mnli_matched.train": 9_800,
    "nli/mnli_olora.train": 2_700,
    "nli/mnli_taxi.train": 2_000,
    "nli/mnli_questions.train": 9_000,
    "nli/xnli_dev.train": 2_400,
    "nli/xnli_test.train": 5_000,
    "nli/ling_in_loop.train": 30_000,
    "nli/semi_auto_nli.train": 20_000,
    "nli/snli_cat.train": 14_000,
    "nli/snli_subsets.train": 14_000,
    "nli/fever_part.train": 8_000,
    "nli/negated_nli.train": 2_900,
    "nli/negated_rte.train": 1_400,
    "nli/counterfactual_nli.train": 6_000,
    "nli/conjnli.train": 5_000,
    "nli/fragments.train": 3_000,
    "nli/nope.train": 1_500,
    "nli/esxnli.train": 2_400,
    "nli/cb.train": 250,
    "nli/rte.train": 2_400,
    "nli/mrpc.train": 3_000,
    "claims/read": 10_400,
    "claims/written": 16_000,
    "claims/stances": 15_000,
}
ALLOWED = {
    "favor": (0,),
    "against": (1,),
    "neutral": (2,),
    "entailment": (0,),
    "contradiction": (1,),
    "not_entailment": (1, 2),
}
SPOKEN = frozenset({"stance/directed_sentiment.train", "claims/stances"})  # the stance is that of who speaks
MAX_PIECES = 144
POOL = 1024  # neighbours that are sorted by length
UNSTOPPED = 0.5  # share of sentences that lose their final full stop
EARLY = 1.5  # 1: inference evenly over the run


def examples(tokeniser: Tokeniser, rng: random.Random, share: float) -> list[tuple[Pair, list[int], list[int]]]:
    """(input, labels that the gold allows, labels that the set has), shuffled; inference is denser at the start.

    `share`: of the research sets' rows; pairs of claims are there in full.
    """
    out, places = [], []
    for name, whole in MIXTURE.items():
        count = whole if name.startswith(claim_pairs.PREFIX) else round(share * whole)
        rows = [r for r in claim_pairs.rows(name) if r["label"] in ALLOWED]
        if name in corpora.UNDIVIDED:
            rows = [r for r in rows if not corpora.held_out(r)]
        labels = sorted({i for r in rows for i in ALLOWED[r["label"]]})
        chosen = rows * (count // len(rows)) + rng.sample(rows, count % len(rows))
        for row in chosen:
            if "premise" in row:
                text, target = unstopped(row["premise"], rng), unstopped(row["hypothesis"], rng)
            else:
                text, target = row["text"], row["target"]
            source = row.get("meta", {}).get("source") if name in SPOKEN else None
            out.append((pair(tokeniser, text, target, source, MAX_PIECES), list(ALLOWED[row["label"]]), labels))
            places.append(rng.random() ** (EARLY if name.startswith("nli/") else 1.0))
    return [example for _, example in sorted(zip(places, out, strict=True), key=itemgetter(0))]


def unstopped(text: str, rng: random.Random) -> str:
    """`text`, often without its final full stop: inference sets always have one, claims of the news seldom."""
    return text.rstrip(" .") or text if rng.random() < UNSTOPPED else text


def shuffled(batches: Iterable[T], rng: random.Random) -> list[T]:
    """`batches` in another order."""
    out = list(batches)
    rng.shuffle(out)
    return out


def collate(pairs: list[Pair]) -> list[Tensor]:
    """ids, shapes, segments, marks, mask; padded on the right."""
    length = max(len(p.ids) for p in pairs)

    def pad(arrays: list[np.ndarray]) -> Tensor:
        return torch.tensor(np.stack([np.pad(a, (0, length - len(a))) for a in arrays]))

    fields = [pad([getattr(p, f) for p in pairs]) for f in ("ids", "shapes", "segments", "marks")]
    return [*fields, pad([np.ones_like(p.ids) for p in pairs])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, default=pretrained(), help="a folder of training.deep_encoder's")
    parser.add_argument("--start", type=Path, help="weights to go on from, rather than from the pretrained encoder")
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the research sets, where a run goes on from another"
    )
    parser.add_argument("--minutes", type=float, default=90, help="the learning rate reaches zero by then")
    parser.add_argument("--pieces", type=int, default=2048, help="word pieces in a batch")
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bf16", action="store_true", help="faster where the processor has AMX, slower elsewhere")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(args.seed)
    tokeniser = Tokeniser(pretrained() / "tokenizer.json")
    data = examples(tokeniser, rng, args.share)
    plan = [
        batch
        for at in range(0, len(data), POOL)
        for batch in shuffled(grouped(data[at : at + POOL], lambda e: len(e[0].ids), args.pieces, POOL), rng)
    ]
    model = StanceModel(args.encoder).train()
    if args.start:
        model.load_state_dict(torch.load(args.start, weights_only=True))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.01, fused=True)
    began, mean = time.time(), 0.0
    for step, batch in enumerate(plan):
        progress = max(step / len(plan), (time.time() - began) / 60 / args.minutes)
        if progress >= 1:
            break
        for parameters in optimizer.param_groups:
            parameters["lr"] = args.rate * min(1.0, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * progress))
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            scores = model(*collate([e[0] for e in batch])).float()
        right = torch.full((len(batch), len(STANCES)), -torch.inf)
        possible = right.clone()
        for n, (_, gold, labels) in enumerate(batch):
            right[n, gold] = 0.0
            possible[n, labels] = 0.0
        value = ((scores + possible).logsumexp(-1) - (scores + right).logsumexp(-1)).mean()
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        mean += (value.item() - mean) / min(step + 1, 50)
        if step % 25 == 0:
            print(f"step {step}/{len(plan)} {progress:.1%} loss {mean:.3f}", flush=True)
        if step % 400 == 399:
            torch.save(model.state_dict(), args.out)
    torch.save(model.state_dict(), args.out)


if __name__ == "__main__":
    main()
