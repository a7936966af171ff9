import pytest

from pipeline.language.attributions import Attribution, behind_comma, blocks, continued, of_whole_words, says_nothing
from pipeline.language.quotes import quotations
from pipeline.language.windows import Tokeniser

STORY = (
    "“We are waiting for an answer,” Helga Varnum told reporters.\n"
    "“Now it is up to them to come through.”\n"
    "The harbour was quiet.\n"
    "“Nobody knows who is speaking in this one.”\n"
)


def spoken() -> Attribution:
    start = STORY.index("Helga")
    return Attribution((start, start + 12), (start + 13, start + 17), ((1, STORY.index(",”")),), 0.9)


def test_a_quotation_without_a_cue_goes_on_with_the_speaker_before() -> None:
    (more,) = continued(STORY, quotations(STORY), [spoken()])
    assert [STORY[s:e] for s, e in more.content] == ["Now it is up to them to come through."]
    assert more.source == spoken().source
    assert more.cue is None
    assert more.confidence < spoken().confidence


def test_nothing_goes_on_where_nobody_spoke() -> None:
    assert continued(STORY, quotations(STORY), []) == []


def test_a_title_in_quotation_marks_is_not_said() -> None:
    text = STORY.replace("Now it is up to them to come through.", "The Long Way Home")
    assert continued(text, quotations(text), [spoken()]) == []


@pytest.mark.parametrize(
    ("cue", "content", "nothing"),
    [
        ("did not disclose", "when it would be", True),
        ("Declined immediately to", "x", False),
        ("has steadfastly refused to disclose", "records", True),
        ("haven’t said", "much", True),
        ("asked", "not to be named", True),
        ("said", "he would not comment", False),
        ("denied", "that the dam leaks", False),
    ],
)
def test_not_saying_is_no_claim(cue: str, content: str, nothing: bool) -> None:
    assert says_nothing(cue, content) is nothing


def test_a_line_break_inside_a_sentence_ends_no_block(tokeniser: Tokeniser) -> None:
    text = "Rovers deny sale\n\nThe club will\nnot be sold.\nHe left"
    (window,) = tokeniser.windows(text, 100)
    assert blocks(text, window).tolist() == [0] * 3 + [1] * 7 + [2] * 2


@pytest.mark.parametrize(
    ("text", "start", "first"),
    [
        ("called Sunday's session a success", 13, "Sunday's session"),
        ("called Sunday’s session a success", 14, "Sunday’s session"),
        ("called Sunday's session a success", 16, "session"),
        ("called 'session one' a success", 7, "'session"),
        ("'session one' was a success", 0, "'session"),
        ("session one was a success", 0, "session"),
    ],
)
def test_a_span_does_not_start_inside_a_possessive(text: str, start: int, first: str) -> None:
    begin, end = of_whole_words(text, (start, len(text)))
    assert end == len(text)
    assert text[begin:].startswith(first)


def test_a_content_begins_behind_a_comma() -> None:
    assert behind_comma("firm, : crews, boats", (4, 20)) == (8, 20)
    assert behind_comma("crews, boats", (0, 12)) == (0, 12)
    assert behind_comma(", ", (0, 2)) == (2, 2)
