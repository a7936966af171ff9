"""Train the token model: `python -m training.train_tokens --out build/tokens.pt`."""

import argparse
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from pipeline.language.windows import Tokeniser
from training.batching import grouped
from training.encoder import pretrained
from training.examples import IGNORE, Example, attribution_examples, entity_examples
from training.stance_examples import judged_examples, sentence_examples
from training.terms import term_examples
from training.token_model import TokenModel

TERM_WINDOWS = 3_000  # in each epoch
FALSE_CUES = 2  # likeliest wrong cues per window, taught to have no roles


def collate(examples: list[Example]) -> dict[str, Tensor]:
    """Examples -> padded tensors; words and pieces are padded on the right."""
    pieces = max(len(e.window.ids) for e in examples)
    words = max(len(e.window.first) for e in examples)

    def pad(arrays: list[np.ndarray], length: int, value: int = 0) -> Tensor:
        return torch.tensor(np.stack([np.pad(a, (0, length - len(a)), constant_values=value) for a in arrays]))

    nothing = [np.full(len(e.window.first), IGNORE) for e in examples]
    entities = torch.ones(len(examples), words, 19, dtype=torch.bool)
    for n, example in enumerate(examples):
        if example.entities is not None:
            entities[n, : len(example.entities)] = torch.tensor(example.entities)
    return {
        "ids": pad([e.window.ids for e in examples], pieces),
        "shapes": pad([e.window.shapes for e in examples], pieces),
        "mask": pad([np.ones_like(e.window.ids) for e in examples], pieces),
        "first": pad([e.window.first for e in examples], words),
        "real": pad([np.ones_like(e.window.first) for e in examples], words),
        "entities": entities,
        "cues": pad([n if e.cues is None else e.cues for e, n in zip(examples, nothing, strict=True)], words, IGNORE),
    }


def loss(model: TokenModel, examples: list[Example]) -> Tensor:
    """Sum of the heads' mean losses; the entity loss is marginal over the labels that the gold allows."""
    batch = collate(examples)
    words = model.words(batch["ids"], batch["shapes"], batch["mask"], batch["first"])
    total = torch.zeros(())
    tagged = [n for n, e in enumerate(examples) if e.entities is not None]
    if tagged:
        scores = model.entities(words[tagged]).log_softmax(-1)
        allowed = torch.where(batch["entities"][tagged], scores, -torch.inf).logsumexp(-1)
        real = batch["real"][tagged].bool()
        total = total - allowed[real].mean()
    if any(e.stances for e in examples):
        parts, stances = stance_targets(examples, words)
        total = total - (model.stances(parts).log_softmax(-1) * stances).sum(-1).mean()
    if any(e.cues is not None for e in examples):
        cues = model.cues(words)
        weight = torch.tensor([1.0, 2.0, 1.0])
        total = total + cross_entropy(cues.flatten(0, 1), batch["cues"].flatten(), weight, ignore_index=IGNORE)
        window, position, gold = role_targets(examples, cues.detach(), batch)
        if len(window):
            distance = torch.arange(words.shape[1]).unsqueeze(0) - position.unsqueeze(1)
            real = batch["real"][window].to(words.dtype)
            roles = model.roles(words[window], words[window, position], distance, real)
            total = total + cross_entropy(roles.flatten(0, 1), gold.flatten(), ignore_index=IGNORE)
    return total


def role_targets(examples: list[Example], cues: Tensor, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Gold cues with their roles, and the likeliest false cues with none."""
    length = batch["first"].shape[1]
    window, position, gold = [], [], []
    for n, example in enumerate(examples):
        if example.cues is None:
            continue
        pad = (0, length - len(example.cues))
        score = cues[n, : len(example.cues), 1] - cues[n, : len(example.cues), 0]
        score[torch.tensor(example.cues == 1)] = -torch.inf
        score[torch.tensor(example.cues == 2)] = -torch.inf
        false = score.topk(min(FALSE_CUES, len(score))).indices.tolist()
        empty = np.zeros(len(example.cues), np.int64)
        for place, labels in [*example.roles.items(), *((f, empty) for f in false)]:
            window.append(n)
            position.append(place)
            gold.append(np.pad(labels, pad, constant_values=IGNORE))
    return torch.tensor(window).long(), torch.tensor(position).long(), torch.tensor(np.array(gold)).long()


def stance_targets(examples: list[Example], words: Tensor) -> tuple[Tensor, Tensor]:
    """(pairs, 4, width) means of the words of each part, and (pairs, 3) probabilities."""
    nothing = words.new_zeros(words.shape[-1])
    parts, stances = [], []
    for n, example in enumerate(examples):
        for pair in example.stances:
            parts += [words[n, torch.from_numpy(part)].mean(0) if len(part) else nothing for part in pair.parts]
            stances.append(pair.stance)
    return torch.stack(parts).view(len(stances), 4, -1), torch.tensor(stances)


def batches(examples: list[Example], pieces: int, rng: random.Random) -> list[list[Example]]:
    """Shuffled batches of about `pieces` word pieces."""
    rng.shuffle(examples)
    out = list(grouped(examples, lambda e: len(e.window.ids), pieces, 256))
    rng.shuffle(out)
    return out


def epoch(tokeniser: Tokeniser, number: int, seed: int, judged: Path | None) -> list[Example]:
    """The examples of one epoch: every attribution and entity; in odd ones half of the stances.

    Windows are cut anew each time. With `judged`, what `training.label_stances` wrote is in odd ones too.
    """
    rng = random.Random(seed + number)
    examples = list(attribution_examples(tokeniser, "attribution/polnear.train", rng))
    entities = list(entity_examples(tokeniser, "ner/worldwide_newswire.train", "native", rng))
    if number % 2 == 0:
        entities += entity_examples(tokeniser, "ner/conll2003.train", "conll", rng)
        entities += entity_examples(tokeniser, "ner/crossner_politics.train", "crossner", rng)
    entities += term_examples(tokeniser, TERM_WINDOWS, rng)
    examples += entities
    if number % 2:
        stances = list(judged_examples(tokeniser, judged, rng))
        for name in ("stance/newsmtsc.train", "stance/directed_sentiment.train"):
            stances += [example for example, _ in sentence_examples(tokeniser, name, rng)]
        examples += rng.sample(stances, len(stances) // 2)
    return examples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the weights; what resuming needs is kept beside them")
    parser.add_argument("--encoder", type=Path, default=pretrained(), help="a folder of training.deep_encoder's")
    parser.add_argument("--start", type=Path, help="weights to go on from, rather than from the pretrained encoder")
    parser.add_argument("--stances", type=Path, help="what training.label_stances wrote")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=math.inf, help="the learning rate reaches zero by then")
    parser.add_argument("--pieces", type=int, default=2048, help="word pieces in a batch")
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bf16", action="store_true", help="faster where the processor has AMX, slower elsewhere")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    tokeniser = Tokeniser(pretrained() / "tokenizer.json")
    model = TokenModel(args.encoder).train()
    if args.start:
        model.load_state_dict(torch.load(args.start, weights_only=True), strict=False)  # it may lack a head
    heads = [p for n, p in model.named_parameters() if not n.startswith("encoder.bert")]
    groups = [
        {"params": list(model.encoder.bert.parameters()), "lr": args.rate},
        {"params": heads, "lr": 4 * args.rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    order = random.Random(args.seed)
    plan = [
        b for n in range(args.epochs) for b in batches(epoch(tokeniser, n, args.seed, args.stances), args.pieces, order)
    ]
    rates = [group["lr"] for group in optimizer.param_groups]
    checkpoint, done, spent = args.out.with_suffix(".checkpoint"), 0, 0.0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        done, spent = saved["step"], saved["spent"]
        print(f"goes on after step {done}", flush=True)
    began, read, mean = time.time(), 0, 0.0
    for step, batch in enumerate(plan[done:], done):
        passed = spent + time.time() - began
        progress = max(step / len(plan), passed / 60 / args.minutes)
        if progress >= 1:
            break
        for parameters, rate in zip(optimizer.param_groups, rates, strict=True):
            parameters["lr"] = rate * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * progress))
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            value = loss(model, batch)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        read += sum(len(e.window.ids) for e in batch)
        mean += (value.item() - mean) / min(step - done + 1, 50)
        if step % 25 == 0:
            speed = read / (time.time() - began)
            print(f"step {step}/{len(plan)} {progress:.1%} loss {mean:.3f} {speed:.0f} pieces/s", flush=True)
        if step % 250 == 249:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(state | {"step": step + 1, "spent": passed}, checkpoint)
    torch.save(model.state_dict(), args.out)
    checkpoint.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
