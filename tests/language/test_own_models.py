"""Users' own models, by small ones made here: real `transformers` folders with random weights, biased to one label."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ModelNotFound
from pipeline.language.loading import entity_tagger, stance_judge
from pipeline.language.own_models import OwnEntityModel, OwnStanceModel
from pipeline.language.stance_model import Question
from pipeline.records import Article
from pipeline.settings import LanguageSettings

torch = pytest.importorskip("torch", reason="the extra claimwire[torch] is not installed")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "katz", "said", "no", ".", "progress", "in", "cairo"]


WORDS_SAID = ["Katz", "said", "no", "progress", "in", "Cairo", "."]


def folder(path: Path, kind: str, labels: list[str], favourite: str) -> Path:
    """A tiny BERT with a head over `labels` that always chooses `favourite`."""
    import transformers
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    backend = Tokenizer(models.WordPiece({w: n for n, w in enumerate(WORDS)}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokeniser = transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]"
    )
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=48,
        id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
    )
    model: Any = getattr(transformers, kind)(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        model.classifier.bias[labels.index(favourite)] = 5.0
    model.save_pretrained(path)
    tokeniser.save_pretrained(path)
    return path


def test_an_entity_model_of_the_user_names_the_entities(tmp_path: Path) -> None:
    path = folder(tmp_path / "ner", "BertForTokenClassification", ["O", "B-PER", "I-PER"], "I-PER")
    tagger = entity_tagger(LanguageSettings(entity_model=str(path)))
    assert tagger is not None
    assert tagger("Katz said.\n\nNo") == [(0, 14, "Person")]
    assert tagger.digest.startswith("sha256:")


def test_its_windows_read_a_long_text_once(tmp_path: Path) -> None:
    path = folder(tmp_path / "ner", "BertForTokenClassification", ["O", "B-GPE", "I-GPE"], "B-GPE")
    text = "Katz said no progress in Cairo. " * 40
    found = OwnEntityModel(str(path), 1)(text)
    assert [text[s:e] for s, e, _ in found] == [w for _ in range(40) for w in WORDS_SAID]
    assert {kind for _, _, kind in found} == {"Location"}


@pytest.mark.parametrize(
    ("labels", "favourite", "expected"),
    [
        (["entailment", "neutral", "contradiction"], "contradiction", "against"),
        (["POSITIVE", "NEGATIVE"], "POSITIVE", "favor"),
    ],
)
def test_a_stance_model_of_the_user_judges(tmp_path: Path, labels: list[str], favourite: str, expected: str) -> None:
    path = folder(tmp_path / "stance", "BertForSequenceClassification", labels, favourite)
    judge = stance_judge(LanguageSettings(stance_model=str(path)))
    answers = judge([Question("Katz said no.", "Cairo"), Question("No progress.", "Katz")])
    assert answers.shape == (2, 3)
    assert {("favor", "against", "neutral")[int(row.argmax())] for row in answers} == {expected}
    assert answers.sum(-1) == pytest.approx(1, abs=1e-3)


def test_a_stance_model_whose_labels_say_nothing_is_refused(tmp_path: Path) -> None:
    path = folder(tmp_path / "stance", "BertForSequenceClassification", ["LABEL_0", "LABEL_1"], "LABEL_0")
    with pytest.raises(ModelNotFound, match="name no favor and no against"):
        OwnStanceModel(str(path), 1)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="nothing-here"):
        stance_judge(LanguageSettings(stance_model=str(tmp_path / "nothing-here")))


def test_a_pickled_model_is_never_opened(tmp_path: Path) -> None:
    path = folder(tmp_path / "ner", "BertForTokenClassification", ["O", "B-PER"], "O")
    torch.save({}, path / "pytorch_model.bin")
    (path / "model.safetensors").unlink()
    with pytest.raises(ModelNotFound):
        OwnEntityModel(str(path), 1)


def test_the_whole_model_runs_with_both(tmp_path: Path) -> None:
    from pipeline.language import Model

    ner = folder(tmp_path / "ner", "BertForTokenClassification", ["O", "B-PER", "I-PER"], "O")
    stance = folder(tmp_path / "stance", "BertForSequenceClassification", ["con", "pro"], "con")
    model = Model.load(LanguageSettings(entity_model=str(ner), stance_model=str(stance)))
    (annotated,) = model.annotate([Article(id="a", body="Katz said no.")])
    assert annotated.entities == ()
    assert set(annotated.annotator.models) == {"calibration", "tokens", "stance", "entities"}
