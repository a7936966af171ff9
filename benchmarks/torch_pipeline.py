"""The same weights in torch, used as a pipeline of `transformers` is: all of claimwire's work, but for its engine.

It does the same: every word of every article through the token model for entities, cues and vectors; the roles of the
words around each cue; and all that claimwire does in Python with what comes out, by claimwire's own code, so that what
differs is the models alone. It differs as users of such pipelines do: float32 in torch, or bfloat16 where asked for; a
sentence at a time, or the sentences of an article in padded batches by length; and a pass of the stance model over each
pair of a source and an entity, where claimwire by default reads stances from the pass over the article (`--model
accurate` judges pairs too).
A sentence shows fewer words than claimwire's windows do, so what is claimed is shorter, and there are fewer pairs.

It does not do: sharing of batches between articles, `torch.compile`, int8, a GPU.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from pipeline.language import token_model, weights
from pipeline.language.batches import Number, batches, padded
from pipeline.language.calibration import Calibration
from pipeline.language.decoding import Cue
from pipeline.language.labels import STANCES
from pipeline.language.model import Model
from pipeline.language.pairs import pair
from pipeline.language.role_model import MARGIN, RoleModel
from pipeline.language.stance_model import MAX_PIECES, Question
from pipeline.language.token_model import Floats, Scores
from pipeline.language.windows import Tokeniser, Window, Word, ends_sentence
from pipeline.records import Annotator
from training import shipped
from training.stance_model import StanceModel
from training.token_model import TokenModel


class Sentences(Tokeniser):
    """Windows that hold one sentence each."""

    def windows(self, text: str, max_pieces: int) -> list[Window]:
        """The sentences of the text; those too long are cut."""
        words, found, sentence, size = self.words(text), [], list[Word](), 0
        for n, word in enumerate(words):
            full = size + len(word.pieces) > max_pieces - 2
            if sentence and (full or word.paragraph != sentence[-1].paragraph or ends_sentence(words, n - 1, text)):
                found.append(self._window(sentence))
                sentence, size = [], 0
            sentence.append(word)
            size += len(word.pieces)
        return [*found, self._window(sentence)] if sentence else found


class TorchTokens(token_model.TokenModel):
    """The token model in torch. `budget`: word pieces in one padded pass; 0: each window alone."""

    def __init__(self, model: TokenModel, budget: int) -> None:
        self._model = model
        self._budget = budget

    @torch.inference_mode()
    def __call__(self, windows: Sequence[Window]) -> list[Scores]:
        """Scores of every window, in order."""
        out: dict[int, Scores] = {}
        for batch in batches([len(window.ids) for window in windows], self._budget):
            given = [windows[n] for n in batch]
            ids, shapes, first = (tensor([getattr(w, name) for w in given]) for name in ("ids", "shapes", "first"))
            mask = tensor([np.ones(len(w.ids), np.int64) for w in given]) if len(given) > 1 else None
            vectors = self._model.words(ids, shapes, mask, first).float()
            entities = self._model.entities(vectors).log_softmax(-1).numpy()
            cues = self._model.cues(vectors).log_softmax(-1).numpy()
            for row, n in enumerate(batch):
                size = len(windows[n].first)
                out[n] = Scores(entities[row, :size], cues[row, :size], vectors[row, :size].numpy())
        return [out[n] for n in range(len(windows))]


class TorchRoles(RoleModel):
    """The role scorer in torch, a pass for each cue."""

    def __init__(self, model: TokenModel) -> None:
        self._roles = model.roles

    @torch.inference_mode()
    def __call__(self, vectors: Sequence[Floats], cues: Sequence[Cue]) -> list[Floats]:
        """As claimwire's, for each cue by itself."""
        found = []
        for words, cue in zip(vectors, cues, strict=True):
            start, end = max(0, cue.block[0] - MARGIN), min(len(words), cue.block[1] + MARGIN)
            around, at = torch.from_numpy(words[start:end])[None], torch.from_numpy(words[cue.run[0]])[None]
            distance = (torch.arange(start, end) - cue.run[0])[None]
            scores = self._roles(around, at, distance, torch.ones(1, end - start)).log_softmax(-1)[0].numpy()
            found.append(scores[cue.block[0] - start : cue.block[1] - start])
        return found


class TorchStances:
    """The model of pairs in torch; `budget` as above."""

    def __init__(self, model: StanceModel, tokeniser: Tokeniser, budget: int) -> None:
        self.digest = "torch"
        self._model = model
        self._tokeniser = tokeniser
        self._budget = budget

    @torch.inference_mode()
    def __call__(self, questions: Sequence[Question]) -> Floats:
        """(questions, 3) probabilities."""
        pairs = [pair(self._tokeniser, q.text, q.target, q.source, MAX_PIECES) for q in questions]
        out = np.zeros((len(pairs), len(STANCES)), np.float32)
        for batch in batches([len(p.ids) for p in pairs], self._budget):
            given = [pairs[n] for n in batch]
            ids, shapes, segments, marks = (
                tensor([getattr(p, name) for p in given]) for name in ("ids", "shapes", "segments", "marks")
            )
            mask = tensor([np.ones(len(p.ids), np.int64) for p in given])
            out[batch] = self._model(ids, shapes, segments, marks, mask).float().softmax(-1).numpy()
        return out


def load(budget: int, dtype: torch.dtype = torch.float32) -> Model:
    """Claimwire with the engine of torch. `budget`: word pieces in one padded pass, 0 for a sentence at a time.

    `dtype`: of the encoders and of the model of pairs; the heads over words are float32 in any case.
    """
    torch.set_num_threads(1)
    tokeniser = Sentences(weights.TOKENIZER)
    tokens, stances = shipped.token_model(), shipped.stance_model()
    for model in (tokens, stances):  # what `transformers` takes by default; training has its own, for the way back
        model.encoder.bert.set_attn_implementation("sdpa")
    tokens.encoder.to(dtype)
    stances.to(dtype)
    return Model(
        tokeniser,
        TorchTokens(tokens, budget),
        TorchRoles(tokens),
        TorchStances(stances, tokeniser, budget),
        Annotator("0-torch", {}),
        Calibration(),
    )


def tensor(arrays: Sequence[npt.NDArray[Number]]) -> torch.Tensor:
    """Arrays of different lengths, with zeros behind."""
    return torch.from_numpy(padded(arrays))
