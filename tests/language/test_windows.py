from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.language import weights
from pipeline.language.windows import Tokeniser, units

STORY = "Rovers deny sale\n\n“There is no deal,” Lorne Petrie said. He left. " + "He came back and he left again. " * 30
texts = st.text(max_size=400) | st.lists(st.sampled_from(["Katz", "said", ".", "”", "“", "\n", "\n\n", "é", "漢"])).map(
    " ".join
)


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(min_value=110, max_value=300))
def test_every_word_stands_in_exactly_one_window(tokeniser: Tokeniser, text: str, limit: int) -> None:
    words = tokeniser.words(text)
    windows = tokeniser.windows(text, limit)
    assert [tuple(span) for w in windows for span in w.spans.tolist()] == [(w.start, w.end) for w in words]
    for window in windows:
        assert len(window.ids) == len(window.shapes) <= limit
        assert (window.ids[window.first] != tokeniser.sep).all()
        assert window.ids[0] == tokeniser.cls
        assert window.ids[-1] == tokeniser.sep


@settings(max_examples=200, deadline=None)
@given(texts)
def test_spans_are_ordered_and_cross_no_blank_or_line_break(tokeniser: Tokeniser, text: str) -> None:
    reached = 0
    for word in tokeniser.words(text):
        assert reached <= word.start < word.end <= len(text)
        assert not {" ", "\t", "\n", "\r"} & set(text[word.start : word.end])
        reached = word.end


def test_a_separator_closes_each_paragraph(tokeniser: Tokeniser) -> None:
    (window,) = tokeniser.windows("Rovers deny sale\n\nHe left.\nHe came back.", 256)
    assert (window.ids == tokeniser.sep).sum() == 3
    assert window.paragraphs.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]


def test_a_long_paragraph_is_cut_after_a_sentence(tokeniser: Tokeniser) -> None:
    parts = list(units(tokeniser.words(STORY), STORY, 100))
    assert len(parts) > 2
    for part in parts[1:-1]:
        assert STORY[part[-1].start : part[-1].end] == "."


def test_offsets_count_code_points_of_the_text_as_it_is(tokeniser: Tokeniser) -> None:
    text = "Cafe\u0301 😀 Ångström\u200b said"
    assert [text[w.start : w.end] for w in tokeniser.words(text)][-1] == "said"


def test_pieces_are_those_of_transformers(tokeniser: Tokeniser) -> None:
    import transformers

    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(weights.TOKENIZER))
    ours = [piece for word in tokeniser.words(STORY) for piece in word.pieces]
    assert ours == theirs(STORY, add_special_tokens=False)["input_ids"]
