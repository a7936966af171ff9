"""The case of a word, which the uncased vocabulary of the encoders does not see.

Each word piece carries one of `COUNT` shape ids; the encoder adds a learned embedding of it to its input.
"""

SPECIAL, LOWER, TITLE, UPPER, MIXED, NO_LETTERS, DIGITS = range(7)
COUNT = 7


def shape(word: str) -> int:
    """Shape id of a word as it stands in the text."""
    if word.islower():
        return LOWER
    if word.isdigit():
        return DIGITS
    if word.isupper():
        return UPPER if len(word) > 1 else TITLE
    if word[:1].isupper() and word[1:].islower():
        return TITLE
    return MIXED if any(c.isalpha() for c in word) else NO_LETTERS
