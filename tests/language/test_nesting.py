from pipeline.language.attributions import Attribution
from pipeline.language.nesting import nested

TEXT = "Tidewire cited a port official as saying that “the ferry sank”. Varn News quoted the ferry as sunk."


def span(words: str) -> tuple[int, int]:
    at = TEXT.index(words)
    return at, at + len(words)


def outer(source: str, cue: str, content: str) -> Attribution:
    return Attribution(span(source), span(cue), (span(content),), 0.9)


CITED = outer("Tidewire", "cited", "a port official as saying that “the ferry sank")


def test_whoever_is_cited_speaks_as_well() -> None:
    (inner,) = nested(TEXT, [CITED])
    assert inner == Attribution(span("a port official"), span("saying"), (span("the ferry sank"),), 0.9)


def test_what_the_model_found_is_not_found_twice() -> None:
    assert nested(TEXT, [CITED, outer("a port official", "as saying", "the ferry sank")]) == []


def test_a_description_is_nothing_said() -> None:
    assert nested(TEXT, [outer("Varn News", "quoted", "the ferry as sunk")]) == []
    assert nested(TEXT, [outer("Tidewire", "Tidewire", "a port official as saying that “the ferry sank")]) == []
