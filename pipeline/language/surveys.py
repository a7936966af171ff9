"""Sources that are shares of the people who were asked something ("57 percent", "a majority of voters"), or polls."""

import re

_SHARE = re.compile(
    r"\d\s*(?:%|per\s?cent\b)|\b(?:per\s?cent|majorities|respondents?|poll(?:s|ed)?|survey(?:s|ed)?)\b"
    r"|\bthe majority of\b|\ba (?:\w+ )?(?:majority|plurality|third|quarter|fifth)\b"
    r"|\b(?:one|two|three|four)[ -](?:third|quarter|fifth)s?\b"
    r"|^\W*(?:(?:about|almost|nearly|roughly|just|only|over|at least|(?:more |less |fewer )?than) )?half\b",
    re.IGNORECASE,
)


def share(source: str | None) -> bool:
    """Whether the words that name a source name such a share, or a poll.

    Shares of one survey say opposite things, and nobody of them denies what another one says: "57 percent think that
    it should be legal, 40 percent that it should not".
    """
    return source is not None and _SHARE.search(source) is not None
