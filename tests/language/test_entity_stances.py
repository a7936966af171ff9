import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language import Model
from pipeline.language.attributions import Attribution
from pipeline.language.entity_stances import EntityStances, covered, means, parts
from pipeline.language.windows import Window
from pipeline.records import Article
from pipeline.settings import LanguageSettings


def window(words: int) -> Window:
    """Words of three letters, each followed by a space."""
    at = np.arange(words) * 4
    nothing = np.zeros(words, np.int64)
    return Window(nothing, nothing, nothing, np.stack([at, at + 3], 1), nothing)


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 130), st.integers(1, 40)), max_size=4))
def test_the_words_of_spans_are_those_that_overlap_any(words: int, pieces: list[tuple[int, int]]) -> None:
    spans = [(start, start + length) for start, length in pieces]
    overlapping = [n for n in range(words) if any(s < 4 * n + 3 and e > 4 * n for s, e in spans)]
    assert covered(window(words), spans).tolist() == overlapping


def test_parts_are_means_and_zeros_where_nothing_is() -> None:
    vectors = np.arange(10, dtype=np.float32).reshape(5, 2)
    attribution = Attribution(None, (4, 7), ((8, 11), (16, 19)), 0.9)
    assert means(vectors, parts(window(5), attribution)).tolist() == [[0, 0], [2, 3], [6, 7]]


def test_what_is_praised_and_what_is_blamed_differ(model: Model) -> None:
    assert isinstance(model.stance, EntityStances)
    said = {
        "favor": "Mayor Lund said: \u201cOslo has done a wonderful job, and we are deeply grateful to Oslo.\u201d",
        "against": "Mayor Lund said: \u201cOslo has betrayed us, lied to everyone, and should be ashamed.\u201d",
    }
    for label, text in said.items():
        (annotated,) = model.annotate([Article(id=label, body=text, language="en")])
        found = [s.label for c in annotated.claims for s in c.stances if s.target.text == "Oslo"]
        assert label in found


@pytest.mark.parametrize("digest", ["stance", "tokens"])
def test_records_name_the_weights(model: Model, digest: str) -> None:
    assert model.annotator.models[digest].startswith("sha256:")


def test_the_accurate_model_reads_each_pair(model: Model) -> None:
    accurate = Model.load(LanguageSettings(model="accurate"))
    assert not isinstance(accurate.stance, EntityStances)
    assert accurate.annotator.models["tokens"] == model.annotator.models["tokens"]
    assert accurate.annotator.models["stance"] != model.annotator.models["stance"]
    (annotated,) = accurate.annotate([Article(id="a", body="Mayor Lund said Oslo had lied.", language="en")])
    assert [s.target.text for c in annotated.claims for s in c.stances] == ["Oslo"]
