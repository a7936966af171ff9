from pathlib import Path

from training.evaluation.errors import Sample, drawn
from training.evaluation.figures import Figure
from training.evaluation.report import Reliability, write

HOSTILE = "<script>alert(1)</script>"


def test_the_page_shows_figures_and_escapes_what_articles_say(tmp_path: Path) -> None:
    errors = {"attribution: missed": [Sample("d<b>", HOSTILE, HOSTILE, HOSTILE)] * 40}
    figures = [Figure("entities, F1", 83.1, 82.0, 84.2), Figure("new", 1.0, 0.5, 1.5)]
    reliability = [Reliability.of("claims", [0.2, 0.9, 0.8], [False, True, True])]
    path = tmp_path / "page" / "evaluation.html"
    write(path, figures, {"entities, F1": {"value": 80.0}}, {"by length": figures}, reliability, drawn(errors))
    page = path.read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<b>83.1</b>" in page
    assert "attribution: missed: 40" in page


def test_the_surest_answers_are_kept_first() -> None:
    found = Reliability.of("claims", [0.9, 0.1] * 50, [True, False] * 50)
    assert found.risk[0] == (0.05, 0.0)
    assert found.risk[-1] == (1.0, 0.5)


def test_a_report_of_nothing_is_one(tmp_path: Path) -> None:
    write(tmp_path / "x.html", [], {}, {}, [Reliability.of("claims", [], [])], {})
    assert "Figures on development data" in (tmp_path / "x.html").read_text()
