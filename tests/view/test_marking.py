import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.view.marking import Span, paragraphs

TEXT = st.text(alphabet="ab \n“é😀", max_size=60)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, list[Span], list[Span]]:
    text = draw(TEXT)
    place = st.integers(0, len(text) + 5)  # a span may reach outside of the text
    spans = st.builds(
        lambda a, b, owner, kind: Span(min(a, b), max(a, b), owner, kind),
        place, place, st.sampled_from("xyz"), st.sampled_from(["source", "cue", "content"]),
    )  # fmt: skip
    named = st.builds(lambda a, b: Span(min(a, b), max(a, b), "ent", "Person"), place, place)
    return text, draw(st.lists(spans, max_size=8)), draw(st.lists(named, max_size=4))


@given(marked())
def test_pieces_are_the_text_and_carry_what_covers_them(case: tuple[str, list[Span], list[Span]]) -> None:
    text, claims, entities = case
    cut = paragraphs(text, claims, entities)
    assert ["".join(piece.text for run in part for piece in run.pieces) for part in cut] == re.findall(r"[^\n]+", text)
    firsts = [run.claim for part in cut for run in part if run.first]
    assert len(firsts) == len(set(firsts))
    for part, found in zip(cut, re.finditer(r"[^\n]+", text), strict=True):
        at = found.start()
        for run in part:
            for piece in run.pieces:
                assert piece.text
                for here in range(at, at + len(piece.text)):
                    over = [span for span in claims if span.start <= here < span.end]
                    assert (run.claim is None) == (not over)
                    assert set(piece.roles) == {span.kind for span in over if span.owner == run.claim}
                    assert (piece.entity is None) == (not any(s.start <= here < s.end for s in entities))
                    assert run.depth == min(3, len({s.owner for s in over if s.kind == "content"}))
                at += len(piece.text)


def test_a_claim_inside_of_a_claim_is_the_one_that_is_linked() -> None:
    outer, inner = Span(0, 20, "outer", "content"), Span(5, 10, "inner", "content")
    (runs,) = paragraphs("a" * 30, [outer, inner], [])
    assert [(run.claim, run.depth, len(run.pieces[0].text), run.first) for run in runs] == [
        ("outer", 1, 5, True),
        ("inner", 2, 5, True),
        ("outer", 1, 10, False),
        (None, 0, 10, False),
    ]


def test_spans_that_overlap_without_nesting() -> None:
    (runs,) = paragraphs("abcdef", [Span(0, 4, "x", "content"), Span(2, 6, "y", "content")], [Span(1, 3, "e", "Misc")])
    assert [(run.claim, "".join(piece.text for piece in run.pieces)) for run in runs] == [
        ("x", "ab"),
        ("y", "cd"),
        ("y", "ef"),
    ]
    assert [piece.entity for run in runs for piece in run.pieces] == [None, ("e", "Misc"), ("e", "Misc"), None, None]


def test_headline_and_body_are_cut_apart() -> None:
    cut = paragraphs("Head\n\nBody", [Span(0, 4, "x", "content")], [], end=4)
    assert [[run.claim for run in part] for part in cut] == [["x"]]
    assert paragraphs("Head\n\nBody", [], [], start=4)[0][0].pieces[0].text == "Body"
