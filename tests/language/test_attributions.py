from pipeline.language.attributions import Attribution, continued
from pipeline.language.quotes import quotations

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
