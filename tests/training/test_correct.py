from training.correct import words


def test_words_are_told_by_where_they_begin() -> None:
    assert words("He said  no more", [(0, 7), (9, 16)]) == {0, 3, 9, 12}
    assert words("overlap", [(2, 5)]) == {2}
