"""A user's own entity or stance model, from a folder or a hub, by `transformers`' auto classes (extra `torch`).

Only safetensors are read: a pickle runs code when it is opened.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import MissingProgram, ModelNotFound
from pipeline.language.labels import ENTITY_TYPES, STANCES
from pipeline.language.stance_model import Question
from pipeline.language.tagging import Mentions
from pipeline.language.token_model import Floats
from pipeline.records import EntityType

# Names that common models give to the types of the field.
TYPES: dict[str, EntityType] = {
    **{name.upper(): name for name in ENTITY_TYPES},
    "PER": "Person",
    "ORG": "Organization",
    "ORGANISATION": "Organization",
    "CORPORATION": "Organization",
    "LOC": "Location",
    "GPE": "Location",
    "FAC": "Facility",
    "TIME": "Date",
    "EVENT": "Misc",
    "WORK_OF_ART": "Misc",
    "LAW": "Misc",
    "LANGUAGE": "Misc",
}
STANCE_NAMES = {
    "favor": ("favor", "favour", "support", "supports", "entailment", "agree", "positive", "pro", "for"),
    "against": ("against", "oppose", "refute", "refutes", "contradiction", "disagree", "negative", "con", "deny"),
    "neutral": ("neutral", "none", "discuss", "comment", "observing", "unrelated"),
}
STRIDE = 32  # word pieces that consecutive windows of a long text share


def _load(kind: str, model: str) -> tuple[Any, Any, str]:
    """(tokeniser, model, digest) by the auto class `kind`. Raises MissingProgram, ModelNotFound."""
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError:
        raise MissingProgram("torch", "pip install 'claimwire[torch]'") from None
    try:
        tokeniser = transformers.AutoTokenizer.from_pretrained(model, use_fast=True)
        loaded = getattr(transformers, kind).from_pretrained(model, use_safetensors=True).eval()
    except (OSError, ValueError) as error:
        raise ModelNotFound(model, str(error).splitlines()[0]) from error
    if not tokeniser.is_fast:
        raise ModelNotFound(model, "its tokeniser gives no offsets: a fast one (tokenizer.json) is needed")
    return tokeniser, loaded, _digest(model, loaded)


def _digest(model: str, loaded: Any) -> str:
    """What records name the weights by: the file of a folder, else the parameters themselves."""
    sha = hashlib.sha256()
    file = Path(model) / "model.safetensors"
    if file.is_file():
        sha.update(file.read_bytes())
    else:
        for name, tensor in sorted(loaded.state_dict().items()):
            sha.update(name.encode())
            sha.update(tensor.float().numpy().tobytes())
    return f"sha256:{sha.hexdigest()}"


class OwnEntityModel:
    """A token classifier with BIO labels (or bare ones) over any of the usual type names."""

    def __init__(self, model: str, threads: int) -> None:
        self.tokeniser, self.model, self.digest = _load("AutoModelForTokenClassification", model)
        self.length = min(512, int(getattr(self.model.config, "max_position_embeddings", 512)))
        self.labels = [self.model.config.id2label[i] for i in range(self.model.config.num_labels)]
        _limit_threads(threads)

    def __call__(self, text: str) -> Mentions:
        """(start, end, type) of every mention, in order, not overlapping."""
        import torch

        encoded = self.tokeniser(
            text,
            truncation=True,
            max_length=self.length,
            stride=min(STRIDE, self.length // 4),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_tensors="pt",
            padding=True,
        )
        offsets = encoded.pop("offset_mapping").tolist()
        encoded.pop("overflow_to_sample_mapping")
        with torch.inference_mode():
            best = self.model(**encoded).logits.argmax(-1).tolist()
        found: Mentions = []
        reached = 0
        for window, (row, spans) in enumerate(zip(best, offsets, strict=True)):
            previous, open_word = None, False
            for label, (start, end), word in zip(row, spans, encoded.word_ids(window), strict=True):
                if word is None or start < reached:  # special pieces, and what the window before has read
                    continue
                reached = end
                if word != previous:  # the first piece of a word speaks for it
                    open_word = self._add(found, text, self.labels[label], start, end)
                elif open_word:
                    found[-1] = (found[-1][0], end, found[-1][2])
                previous = word
        return found

    @staticmethod
    def _add(found: Mentions, text: str, label: str, start: int, end: int) -> bool:
        """Take a word's label in; whether the word belongs to a mention."""
        mark, dash, name = label.partition("-")
        if not dash:
            mark, name = "I", label
        if name.upper() in ("O", "LABEL_0"):
            return False
        kind = TYPES.get(name.upper(), "Misc")
        if mark == "I" and found and found[-1][2] == kind and not text[found[-1][1] : start].strip():
            found[-1] = (found[-1][0], end, kind)
        else:
            found.append((start, end, kind))
        return True


class OwnStanceModel:
    """A sequence classifier over (text, target) whose labels name stances or inference classes."""

    def __init__(self, model: str, threads: int) -> None:
        self.tokeniser, self.model, self.digest = _load("AutoModelForSequenceClassification", model)
        labels = [str(self.model.config.id2label[i]).casefold() for i in range(self.model.config.num_labels)]
        self.columns = {
            stance: [n for n, label in enumerate(labels) if label in names] for stance, names in STANCE_NAMES.items()
        }
        missing = [stance for stance in ("favor", "against") if not self.columns[stance]]
        if missing:
            raise ModelNotFound(model, f"its labels {labels} name no {' and no '.join(missing)}")
        _limit_threads(threads)

    def __call__(self, questions: Sequence[Question]) -> Floats:
        """(questions, 3) probabilities, in the order of `labels.STANCES`."""
        import torch

        texts, targets = [q.text for q in questions], [q.target for q in questions]
        encoded = self.tokeniser(texts, targets, truncation="only_first", padding=True, return_tensors="pt")
        with torch.inference_mode():
            shares = self.model(**encoded).logits.float().softmax(-1).numpy()
        columns = [shares[:, self.columns[s]].sum(-1) for s in STANCES]
        return np.stack(columns, -1).astype(np.float32)


def _limit_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
