from training.evaluation.attribution import paragraphs


def test_a_paragraph_keeps_the_attributions_inside_it_at_its_own_offsets() -> None:
    text = "He said no.\n\nShe said yes."
    row = {
        "id": "x",
        "text": text,
        "paragraphs": [[0, 11], [13, 26]],
        "attributions": [
            {"source": [[0, 2]], "cue": [[3, 7]], "content": [[8, 10]]},
            {"source": [[13, 16]], "cue": [[17, 21]], "content": [[22, 25]]},
        ],
    }
    first, second = paragraphs([row])
    assert (first["id"], first["text"]) == ("x#0", "He said no.")
    assert second["attributions"] == [{"source": [[0, 3]], "cue": [[4, 8]], "content": [[9, 12]]}]
