"""Figures of the shipped models on the development sets, by the scorers of the research data: `make evaluate`."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from pipeline.language import Model, calibration
from pipeline.language.attributions import Attribution
from pipeline.language.entity_stances import EntityStances, Judged
from pipeline.language.labels import STANCES
from pipeline.language.loading import stance_judge
from pipeline.language.model import MAX_WINDOW
from pipeline.language.stance_model import Question
from pipeline.language.token_model import Floats
from pipeline.records import Article, Mention, StanceTarget
from pipeline.settings import LanguageSettings
from training import corpora
from training.stance_examples import source_span, target_span

STANCE_SETS = (
    ("emergent.dev", ()),
    ("gwsd.train", ()),
    ("newsmtsc.dev_rw", ()),
    ("newsmtsc.dev_mt", ()),
    ("directed_sentiment.dev", ()),
    ("vast.dev", ("--zero-shot",)),
    ("perspectrum.dev", ()),
    ("ibm_claim_stance.train", ()),
    ("seesaw.dev", ()),
)
PARTS = ("attribution", "entities", "stance", "entity-stance")
ENTITY_STANCE_SETS = ("newsmtsc.dev_rw", "newsmtsc.dev_mt", "directed_sentiment.dev", "seesaw.dev")
BATCH = 256


class Undecided:
    """Stands in for the stance model where only the tokens are scored."""

    digest = "none"

    def __call__(self, questions: Sequence[Question]) -> Any:
        return np.full((len(questions), len(STANCES)), 1 / len(STANCES), np.float32)


def write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(tool: str, *arguments: object) -> str:
    """What a scorer prints."""
    script = corpora.ROOT.parent / "tools" / f"{tool}.py"
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def paragraphs(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each paragraph as a document of its own, with the attributions that lie inside it."""
    for row in rows:
        for n, (start, end) in enumerate(row["paragraphs"]):
            inside = []
            for attribution in row["attributions"]:
                roles = {
                    role: [[s - start, e - start] for s, e in attribution[role] if start <= s and e <= end]
                    for role in ("source", "cue", "content")
                }
                if any(roles.values()):
                    inside.append(roles)
            yield {"id": f"{row['id']}#{n}", "text": row["text"][start:end], "attributions": inside}


def predicted(model: Model, rows: Sequence[dict[str, Any]], what: str) -> Iterator[dict[str, Any]]:
    """Attributions of texts, in the shape of the gold data."""
    for row in track(rows, description=what, console=Console(stderr=True)):
        (annotated,) = model.annotate([Article(id=row["id"], body=row["text"], language="en")])
        yield {
            "id": row["id"],
            "attributions": [
                {"source": c.source.spans, "cue": c.cue.spans, "content": c.content.spans} for c in annotated.claims
            ],
        }


def attribution(model: Model, folder: Path) -> Iterator[tuple[str, float]]:
    """PolNeAR: paragraphs by unlinked spans, whole articles by linked attributions."""
    whole = list(corpora.rows("attribution/polnear.dev"))
    parts = list(paragraphs(whole))
    for name, rows in (("paragraphs", parts), ("articles", whole)):
        gold = write(folder / f"{name}.gold.jsonl", rows)
        pred = write(folder / f"{name}.pred.jsonl", predicted(model, rows, f"PolNeAR {name}"))
        for trim in ((), ("--trim-punct",)):
            scores = json.loads(run("score_attribution", gold, pred, "--json", *trim))
            edges = ", edge punctuation aside" if trim else ""
            if name == "paragraphs":
                for role in ("source", "cue", "content"):
                    yield f"PolNeAR {name}, {role}, exact span F1{edges}", 100 * scores[f"span.{role}"]["f"]
            else:
                yield f"PolNeAR {name}, linked content exact F1{edges}", 100 * scores["exact.content"]["f"]
                yield f"PolNeAR {name}, linked content overlap F1{edges}", 100 * scores["overlap.content"]["f"]
                yield f"PolNeAR {name}, linked source exact F1{edges}", 100 * scores["exact.source"]["f"]
                yield f"PolNeAR {name}, all three roles exact F1{edges}", 100 * scores["full.all"]["f"]


def entities(model: Model, folder: Path) -> Iterator[tuple[str, float]]:
    """Nine types on news that the model has not seen, and mapped to the four of CoNLL-2003."""
    for name, scheme in (("worldwide_newswire.dev", "native"), ("conll2003.dev", "conll")):
        gold = corpora.ROOT / "ner" / f"{name}.jsonl.gz"
        rows = [json.loads(line) for line in run("score_entities", gold, "--texts").splitlines()]
        pred = []
        for row in track(rows, description=name, console=Console(stderr=True)):
            (annotated,) = model.annotate([Article(**row)])
            mentions = [
                {"type": e.type, "mentions": [{"span": m.span} for m in e.mentions]} for e in annotated.entities
            ]
            pred.append({"id": row["id"], "entities": mentions})
        file = write(folder / f"{name}.pred.jsonl", pred)
        scores = json.loads(run("score_entities", gold, file, "--scheme", scheme, "--json"))
        yield f"entities {name}, F1", scores["all"]["f1"]


def answered(row: dict[str, Any], answer: Floats) -> dict[str, Any]:
    """A row with the likeliest label and the probabilities of all."""
    scores = {stance: float(p) for stance, p in zip(STANCES, answer, strict=True)}
    return {**row, "label": STANCES[int(answer.argmax())], "scores": scores}


def stance(folder: Path) -> Iterator[tuple[str, float]]:
    """Macro-F1 by set."""
    judge = stance_judge(LanguageSettings())
    for name, options in STANCE_SETS:
        gold, note = corpora.ROOT / "stance" / f"{name}.jsonl.gz", ""
        if f"stance/{name}" in corpora.UNDIVIDED:
            kept = (row for row in corpora.rows(f"stance/{name}") if corpora.held_out(row))
            gold, note = write(folder / f"{name}.gold.jsonl", kept), " (the fifth held out)"
        rows = [json.loads(line) for line in run("score_stance", gold, "--texts", *options).splitlines()]
        pred = []
        for at in track(range(0, len(rows), BATCH), description=name, console=Console(stderr=True)):
            batch = rows[at : at + BATCH]
            answers = judge([Question(r["text"], r["target"], r.get("source")) for r in batch])
            pred += [answered(row, answer) for row, answer in zip(batch, answers, strict=True)]
        file = write(folder / f"{name}.pred.jsonl", pred)
        scored = json.loads(run("score_stance", gold, file, "--json", *options))
        yield f"stance {name}, macro-F1{note}", scored["macro_f1"]


def entity_stances(model: Model, folder: Path) -> Iterator[tuple[str, float]]:
    """Macro-F1 of the head that reads the article's own pass, on the sets whose targets are entities of a sentence."""
    head = EntityStances(1, calibration.shipped().entity_stances)
    for name in ENTITY_STANCE_SETS:
        gold = corpora.ROOT / "stance" / f"{name}.jsonl.gz"
        rows = [json.loads(line) for line in run("score_stance", gold, "--texts").splitlines()]
        told = corpora.rows(f"stance/{name}")
        spans = {(row["text"], row["target"]): (target_span(row), source_span(row)) for row in told}
        pred = []
        for row in track(rows, description=f"{name} in articles", console=Console(stderr=True)):
            target, source = spans[row["text"], row["target"]]
            answer = np.full(len(STANCES), 1 / len(STANCES), np.float32)
            if target:
                windows = model.tokeniser.windows(row["text"], MAX_WINDOW)
                content = ((0, source[0]), (source[1], len(row["text"]))) if source else ((0, len(row["text"])),)
                mention, about = Mention(row["target"], target), StanceTarget("entity", "", row["target"])
                judged = Judged(0, Attribution(source, None, content, 1.0), mention, about)
                (answer,) = head(windows, model.tokens(windows), [judged])
            pred.append(answered(row, answer))
        file = write(folder / f"{name}.entities.jsonl", pred)
        yield f"stance in articles {name}, macro-F1", json.loads(run("score_stance", gold, file, "--json"))["macro_f1"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="also write the figures there, as JSON")
    parser.add_argument("--only", choices=PARTS, action="append")
    args = parser.parse_args()
    if not corpora.ROOT.is_dir():
        raise SystemExit(f"no research data in {corpora.ROOT}: set CLAIMWIRE_SHARED to its folder")
    wanted = args.only or PARTS
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model = Model.load(LanguageSettings())
        model.stance = Undecided()
        if "attribution" in wanted:
            figures |= attribution(model, folder)
        if "entities" in wanted:
            figures |= entities(model, folder)
        if "stance" in wanted:
            figures |= stance(folder)
        if "entity-stance" in wanted:
            figures |= entity_stances(model, folder)
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.1f}")
    Console(width=110).print(table)
    if args.out:
        args.out.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
