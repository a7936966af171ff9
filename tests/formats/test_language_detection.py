import pytest

from pipeline.formats.language_detection import detected, settled
from pipeline.records import Article

ENGLISH = "The port will reopen on Monday after a long strike, the harbour authority said on Friday. " * 5
GERMAN = "Der Hafen öffnet am Montag nach langem Streik wieder, teilte die Behörde am Freitag mit. " * 5


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (GERMAN, "de"),
        ("Le port rouvrira lundi après une longue grève, a annoncé vendredi l’autorité portuaire.", "fr"),
        ("Порт откроется в понедельник, сообщила администрация.", "ru"),
        ("港は月曜日に再開すると、当局が金曜日に発表した。住民は反対している。", "ja"),
        ("Lindholm", None),
        ("12.3 4,5 --- 2024", None),
        ("", None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert detected(text)[0] == language


def test_a_missing_language_is_found_and_said_to_be_found() -> None:
    article = settled(Article(id="a", body=ENGLISH), trust=True)
    assert article.language == "en"
    assert float(str(article.extra["language_confidence"])) > 0.99


def test_a_declared_language_is_overruled_only_on_much_evidence_and_where_it_may_be() -> None:
    declared = Article(id="a", body=GERMAN, language="en-US")
    assert settled(declared, trust=True) is declared
    overruled = settled(declared, trust=False)
    assert (overruled.language, overruled.extra["language_declared"]) == ("de", "en-US")
    short = Article(id="a", body=GERMAN[:80], language="en-US")
    assert settled(short, trust=False) is short
    right = Article(id="a", body=GERMAN, language="de-AT")
    assert settled(right, trust=False) is right
