from hypothesis import given
from hypothesis import strategies as st

from tests.training.conftest import Writer
from training import corpora

SENTENCES = [
    {"id": "1", "doc": "a", "tokens": ["Helga", "Varnum", "met", "NMB"], "tags": ["B-PER", "I-PER", "O", "B-ORG"]},
    {"id": "2", "doc": "a", "tokens": ["Calvenna"], "tags": ["B-LOC"]},
    {"id": "3", "doc": "b", "tokens": ["Brill", "Vance"], "tags": ["B-PER", "B-PER"]},
]


def test_sentences_become_documents_with_spans(corpus: Writer) -> None:
    corpus("ner/tiny", SENTENCES)
    documents = list(corpora.tagged_documents("ner/tiny"))
    assert [(name, text) for name, text, _ in documents] == [
        ("a", "Helga Varnum met NMB\nCalvenna"),
        ("b", "Brill Vance"),
    ]
    assert [[(text[s:e], kind) for s, e, kind in spans] for _, text, spans in documents] == [
        [("Helga Varnum", "PER"), ("NMB", "ORG"), ("Calvenna", "LOC")],
        [("Brill", "PER"), ("Vance", "PER")],
    ]


@given(st.lists(st.text(), unique=True, min_size=400, max_size=400))
def test_about_a_fifth_is_held_out_and_always_the_same(names: list[str]) -> None:
    rows = [{"id": name} for name in names]
    kept = [corpora.held_out(row) for row in rows]
    assert kept == [corpora.held_out(row) for row in rows]
    assert 0.08 < sum(kept) / len(kept) < 0.36
