"""Fit the stance head to the vectors of the shipped token model, which stays as it is.

`python -m training.fit_entity_stances --start build/tokens.pt --stances build/stances.jsonl --out build/fitted.pt`
writes the checkpoint with its head fitted anew; `python -m training.export tokens build/fitted.pt` ships it. The head
reads the int8 vectors here that it reads in production.
"""

import argparse
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch

from pipeline.language.entity_stances import means
from pipeline.language.loading import tokeniser
from pipeline.language.token_model import Floats, TokenModel
from training.encoder import pretrained
from training.examples import Example
from training.stance_examples import judged_examples, sentence_examples
from training.token_model import TokenModel as Trained

Read = tuple[Floats, Floats]


def read(examples: list[Example]) -> Read:
    """(pairs, 4, width) means of the words of each part, and (pairs, 3) probabilities."""
    model = TokenModel(threads=1)
    parts, stances = [], []
    for example in examples:
        (scores,) = model([example.window])
        for pair in example.stances:
            parts.append(means(scores.vectors, pair.parts))
            stances.append(pair.stance)
    return np.array(parts, np.float32), np.array(stances, np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, default=pretrained(), help="what training started from")
    parser.add_argument("--start", type=Path, required=True, help="the checkpoint that the shipped weights are of")
    parser.add_argument("--stances", type=Path, required=True, help="what training.label_stances wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    cut = tokeniser()
    examples = list(judged_examples(cut, args.stances, rng))
    for name in ("stance/newsmtsc.train", "stance/directed_sentiment.train"):
        examples += [example for example, _ in sentence_examples(cut, name, rng)]
    rng.shuffle(examples)
    with ProcessPoolExecutor(2) as pool:
        halves = list(pool.map(read, (examples[::2], examples[1::2])))
    parts, stances = (torch.from_numpy(np.concatenate([half[n] for half in halves])) for n in (0, 1))
    print(f"{len(parts)} pairs", flush=True)
    model = Trained(args.encoder, dropout=0.3)
    model.load_state_dict(torch.load(args.start, weights_only=True))
    head = model.stances.train()
    optimizer = torch.optim.AdamW(head.parameters(), lr=args.rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    for epoch in range(args.epochs):
        total = 0.0
        for batch in torch.randperm(len(parts)).split(128):
            value = -(head(parts[batch]).log_softmax(-1) * stances[batch]).sum(-1).mean()
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            total += value.item() * len(batch)
        schedule.step()
        print(f"epoch {epoch} loss {total / len(parts):.3f}", flush=True)
    torch.save(model.state_dict(), args.out)


if __name__ == "__main__":
    main()
