import pytest

from pipeline.language.gender import Gender, gender


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Helga, Bob Ray", "Bob Ray", "he"),
        ("Anna Ray", "Anna Ray", "she"),
        ("J. Anna Ray", "J. Anna Ray", "she"),
        ("Xo Ny", "Xo Ny", None),
        ("Mrs. Ny", "Ny", "she"),
        ("the actress Xo Ny", "Xo Ny", "she"),
        ("Xo Ny, a longtime spokesman of", "Xo Ny", "he"),
        ("Mr. Anna Ray", "Anna Ray", "he"),
        ("his wife Bob Ray, the chairman", "Bob Ray", None),
        ("Ray", "Ray", None),
    ],
)
def test_titles_and_nouns_come_before_the_first_name(text: str, name: str, expected: Gender | None) -> None:
    at = text.index(name)
    assert gender(text, name, [(at, at + len(name))]) == expected
