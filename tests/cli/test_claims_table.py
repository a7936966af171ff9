from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline.cli.claims_table import by_article, one_claim, printable
from pipeline.records import Claim, StanceLabel, StanceTarget
from tests.samples import CLAIM


def shown(*claims: Claim) -> str:
    console = Console(width=240, record=True, file=None, force_terminal=False)
    with console.capture() as capture:
        for article in by_article(claims):
            console.print(article)
    return capture.get()


def test_who_says_what_about_whom() -> None:
    table = shown(CLAIM)
    assert "Talks in Cairo  Example News, 2024-04-08" in table
    (row,) = [line for line in table.splitlines() if "progress" in line]
    assert row.split("  ")[0] == "Hamas official"
    for cell in ("“There is no progress yet”", "Hamas", "against Israel 0.91"):
        assert cell in row


def test_articles_stay_together_and_claims_are_in_the_order_of_the_text() -> None:
    later = replace(CLAIM, id="clm_2", content=replace(CLAIM.content, text="second", spans=((90, 96),)))
    other = replace(CLAIM, id="clm_3", article=replace(CLAIM.article, id="art_2", headline="Elsewhere"))
    table = shown(later, other, CLAIM)
    assert table.count("Talks in Cairo") == 1
    assert table.index("no progress yet") < table.index("second") < table.index("Elsewhere")


def test_sides_come_before_neutrality() -> None:
    stances = (
        StanceLabel(StanceTarget("entity", "a", "A"), "neutral", 0.99),
        StanceLabel(StanceTarget("entity", "b", "B"), "favor", 0.6),
        StanceLabel(StanceTarget("entity", "c", "C"), "against", 0.8),
    )
    told = one_claim(replace(CLAIM, stances=stances))
    assert "against C 0.80, favor B 0.60, neutral A 0.99" in told


def test_what_is_missing_is_left_out() -> None:
    bare = replace(
        CLAIM,
        article=replace(CLAIM.article, publisher=None, published_at=None, headline=None, url=None),
        source=replace(CLAIM.source, text="", name=None, kind="none"),
        entities=(),
        stances=(),
    )
    assert one_claim(bare) == "(nobody named): “There is no progress yet”"
    assert "art_1" in shown(bare)


@given(st.text())
def test_no_article_commands_the_terminal(text: str) -> None:
    line = printable(text)
    assert line.isprintable()
    assert printable(line) == line


def test_markup_and_escapes_are_words() -> None:
    evil = replace(CLAIM, source=replace(CLAIM.source, name="[bold]\x1b[31m\u202eEvil[/nonsense]"))
    assert "[bold][31mEvil[/nonsense]" in shown(evil)
    assert "\x1b" not in one_claim(evil)
