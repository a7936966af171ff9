"""What is counted here is what the scorers of the research data print."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.language.labels import STANCES
from training import corpora
from training.evaluation.attribution import LINKED, counted
from training.evaluation.figures import figure
from training.evaluation.stance import Stances, add, chosen


@pytest.fixture(autouse=True)
def research_data(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools lie beside the data."""
    monkeypatch.setattr(corpora, "ROOT", shared / "data")


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def printed(tool: str, *arguments: object) -> dict[str, Any]:
    script = corpora.ROOT.parent / "tools" / f"{tool}.py"
    command = [sys.executable, str(script), *map(str, arguments), "--json"]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def test_attributions(tmp_path: Path) -> None:
    gold = list(islice(corpora.rows("attribution/polnear.dev"), 6))
    # Every other one of the right ones, with every third source a little too long.
    found = [
        {
            "id": row["id"],
            "attributions": [
                {**each, "source": [[s, e + 3] for s, e in each["source"]] if n % 3 else each["source"]}
                for n, each in enumerate(row["attributions"][::2])
            ],
        }
        for row in gold
    ]
    told = printed("score_attribution", lines(tmp_path / "gold", gold), lines(tmp_path / "found", found))
    counts = counted(gold, found, list(LINKED.values()), trim=False)
    for measure, role in LINKED.values():
        assert figure("x", counts[measure, role]).value == pytest.approx(100 * told[f"{measure}.{role}"]["f"])


@pytest.mark.parametrize("name", ["newsmtsc.dev_mt", "perspectrum.dev"])
def test_stances(tmp_path: Path, name: str) -> None:
    rows = chosen(name)[0][:200]
    answers = np.random.default_rng(1).dirichlet(np.ones(3), len(rows)).astype(np.float32)
    found = [
        {"label": STANCES[int(each.argmax())], "scores": dict(zip(STANCES, each.tolist(), strict=True))}
        for each in answers
    ]
    told = printed("score_stance", lines(tmp_path / "gold", rows), lines(tmp_path / "found", found))
    out = Stances()
    add(out, "stance", "", rows, answers)
    assert out.figures[0].value == pytest.approx(told["macro_f1"], abs=0.1)  # which it prints with one decimal
