"""The token model: entities, cues, the roles of every word given a cue, and stances, in one encoder pass."""

from pathlib import Path

import torch
from torch import Tensor, nn

from pipeline.language.labels import CUE_LABELS, ENTITY_LABELS, ROLE_LABELS, STANCES
from training.encoder import ShapedEncoder

DISTANCES = 41  # buckets of the signed distance between a word and the cue, in words
PAIR = 192  # width of the vector of a (cue, word) pair
STANCE = 256  # width of the hidden layer of the stance head


def bucket(distance: Tensor) -> Tensor:
    """Signed distances in words -> bucket 0 … DISTANCES-1: exact to 8, then by powers of the square root of two."""
    size = distance.abs()
    far = 8 + torch.floor(torch.log2(size.clamp(min=8).float() / 8) * 2).long()
    index = torch.where(size <= 8, size, far).clamp(max=DISTANCES // 2)
    return DISTANCES // 2 + torch.sign(distance) * index


class RoleScorer(nn.Module):
    """Roles of all words of a window given one cue word: from both vectors, their product and their distance.

    A convolution over neighbouring words lets a span agree with itself before it is decoded.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.word = nn.Linear(width, PAIR)
        self.cue = nn.Linear(width, PAIR)
        self.product = nn.Linear(width, PAIR, bias=False)
        self.distance = nn.Embedding(DISTANCES, PAIR)
        self.mix = nn.Conv1d(PAIR, PAIR, 7, padding=3)
        self.out = nn.Linear(PAIR, len(ROLE_LABELS))

    def forward(self, around: Tensor, cue: Tensor, distance: Tensor, mask: Tensor) -> Tensor:
        """around (cues, words, width), cue (cues, width), distance in words, mask (cues, words) -> (cues, words, 5)."""
        cue = cue.unsqueeze(1)
        pair = self.word(around) + self.cue(cue) + self.product(around * cue)
        pair = nn.functional.gelu(pair + self.distance(bucket(distance))) * mask.unsqueeze(-1)
        mixed = self.mix(pair.transpose(1, 2)).transpose(1, 2)
        scores: Tensor = self.out(pair + nn.functional.gelu(mixed))
        return scores


class StanceHead(nn.Module):
    """Stance of a source toward an entity in what it says, from the means of their words' vectors in the one pass."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.hidden = nn.Linear(7 * width, STANCE)
        self.out = nn.Linear(STANCE, len(STANCES))

    def forward(self, parts: Tensor) -> Tensor:
        """(pairs, 4, width), means of target, source, cue and content, zeros for what is not there -> (pairs, 3)."""
        target, source, cue, content = parts.unbind(1)
        products = [target * source, target * cue, target * content]
        hidden = self.hidden(torch.cat([target, source, cue, content, *products], -1))
        scores: Tensor = self.out(self.dropout(nn.functional.relu(hidden)))
        return scores


class TokenModel(nn.Module):
    """Encoder and heads. Every word is read at its first piece."""

    def __init__(self, path: Path, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = ShapedEncoder(path)
        width = self.encoder.width
        self.dropout = nn.Dropout(dropout)
        self.entities = nn.Linear(width, len(ENTITY_LABELS))
        self.cues = nn.Linear(width, len(CUE_LABELS))
        self.roles = RoleScorer(width)
        self.stances = StanceHead(width, dropout)

    def words(self, ids: Tensor, shapes: Tensor, mask: Tensor | None, first: Tensor) -> Tensor:
        """(windows, words, width): the encoder's vectors at `first`, the index of each word's first piece."""
        hidden = self.encoder(ids, shapes, mask)
        index = first.unsqueeze(-1).expand(-1, -1, hidden.shape[-1])
        vectors: Tensor = self.dropout(hidden.gather(1, index))
        return vectors
