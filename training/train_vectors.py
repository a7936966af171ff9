"""Make the table of claim vectors: `python -m training.train_vectors`.

A vector for each word piece, such that the mean over a sentence comes near the vector that the pretrained sentence
encoder gives the whole: in the spirit of Model2Vec (Tulkens and van Dongen 2024), but fitted to sentences of the news.
Least squares in closed form, from each piece's own vector to the sentence's, then the principal components.
"""

import argparse
import random

import numpy as np
import torch
from transformers import AutoModel

from pipeline.language.token_model import Floats
from pipeline.language.vectors import WIDTH, SentenceVectors
from pipeline.language.weights import FOLDER
from pipeline.language.windows import SENTENCE_END, Tokeniser
from training import corpora
from training.encoder import pretrained
from training.export import enter

RIDGE = 0.05
MAX_PIECES = 80
CLS, SEP = 101, 102


def sentences(tokeniser: Tokeniser, count: int) -> list[list[int]]:
    """Word pieces of sentences from all over the news articles."""
    rng = random.Random(5)
    found: list[list[int]] = []
    rows = list(corpora.rows("news/allsides"))
    for row in rng.sample(rows, min(len(rows), count // 4)):
        pieces: list[list[int]] = [[]]
        for word in tokeniser.words(row["body"]):
            pieces[-1] += word.pieces
            if row["body"][word.start : word.end] in SENTENCE_END:
                pieces.append([])
        fit = [sentence for sentence in pieces if 6 <= len(sentence) <= MAX_PIECES]
        found += rng.sample(fit, min(len(fit), 4))
    return found[:count]


@torch.no_grad()
def encoded(model: torch.nn.Module, pieces: list[list[int]]) -> Floats:
    """(sentences, 384): unit vectors of the pretrained encoder, the mean over all its pieces."""
    out = np.zeros((len(pieces), 384), np.float32)
    order = sorted(range(len(pieces)), key=lambda n: len(pieces[n]))
    for at in range(0, len(order), 64):
        chosen = order[at : at + 64]
        length = max(len(pieces[n]) for n in chosen) + 2
        ids, mask = torch.zeros(len(chosen), length, dtype=torch.long), torch.zeros(len(chosen), length)
        for row, n in enumerate(chosen):
            whole = [CLS, *pieces[n], SEP]
            ids[row, : len(whole)], mask[row, : len(whole)] = torch.tensor(whole), 1
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        out[chosen] = torch.nn.functional.normalize(mean, dim=-1).numpy()
        if at % 6400 == 0:
            print(f"{at}/{len(order)}", flush=True)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=12_000)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    tokeniser = Tokeniser(pretrained() / "tokenizer.json")
    model = AutoModel.from_pretrained(pretrained()).eval()
    vocabulary = encoded(model, [[n] for n in range(tokeniser.backend.get_vocab_size())])
    pieces = sentences(tokeniser, args.sentences)
    goal = encoded(model, pieces)
    means = np.array([vocabulary[sentence].mean(0) for sentence in pieces])
    held = len(pieces) * 9 // 10
    center, target = means[:held].mean(0), goal[:held].mean(0)
    inputs = means[:held] - center
    weights = np.linalg.solve(inputs.T @ inputs + RIDGE * np.eye(inputs.shape[1]), inputs.T @ (goal[:held] - target))
    table = (vocabulary - center) @ weights
    _, _, axes = np.linalg.svd((means - center) @ weights, full_matrices=False)
    table = table @ axes[:WIDTH].T
    table = np.round(table * (127 / np.quantile(np.abs(table), 0.9999))).clip(-127, 127).astype(np.int8)
    path = FOLDER / "vectors.npy"
    np.save(path, table, allow_pickle=False)
    enter("vectors", path)
    report(SentenceVectors(tokeniser, table), pieces[held:], goal[held:])


def report(vectors: SentenceVectors, pieces: list[list[int]], goal: Floats) -> None:
    """How often the encoder's nearest sentence, where it is near, is among the k nearest by the table."""
    mine = np.array([vectors.of_pieces(sentence) for sentence in pieces])
    theirs, ours = goal @ goal.T, mine @ mine.T
    np.fill_diagonal(theirs, -1)
    np.fill_diagonal(ours, -1)
    rank = np.argsort(-ours, axis=1)
    near = [(n, int(row.argmax())) for n, row in enumerate(theirs) if row.max() > 0.6]
    print(f"{len(near)} of {len(pieces)} held-out sentences with a near one;", end=" ")
    print(", ".join(f"in the first {k}: {np.mean([o in rank[n, :k] for n, o in near]):.3f}" for k in (1, 5, 10, 20)))


if __name__ == "__main__":
    main()
