"""The stance model: one encoder pass over a text and a target, three labels."""

from pathlib import Path

import torch
from torch import Tensor, nn

from pipeline.language.labels import STANCES
from pipeline.language.pairs import MARKS
from training.encoder import ShapedEncoder


class StanceModel(nn.Module):
    """[CLS] and the mean of all pieces -> favor, against, neutral."""

    def __init__(self, path: Path, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = ShapedEncoder(path)
        width = self.encoder.width
        self.marks = nn.Embedding(MARKS, width)
        nn.init.normal_(self.marks.weight, std=0.02)
        self.hidden = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(width, len(STANCES))

    def forward(self, ids: Tensor, shapes: Tensor, segments: Tensor, marks: Tensor, mask: Tensor) -> Tensor:
        """(pairs, pieces) int64 each -> (pairs, 3) logits."""
        states = self.encoder(ids, shapes, mask, segments, self.marks(marks))
        real = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * real).sum(1) / real.sum(1)
        both = self.dropout(torch.cat([states[:, 0], mean], -1))
        scores: Tensor = self.out(self.dropout(nn.functional.gelu(self.hidden(both))))
        return scores
