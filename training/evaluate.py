"""Figures of the shipped models on the development sets, by the scorers of the research data: `make evaluate`.

Each with its 95 % interval and what it was for the weights shipped before (`training/figures.json`), here and, with
samples of what is wrong, in an HTML page.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.language import Model, weights
from pipeline.settings import LanguageSettings
from training import corpora
from training.evaluation.attribution import attribution
from training.evaluation.entities import entities
from training.evaluation.errors import drawn
from training.evaluation.figures import Figure
from training.evaluation.inference import inference
from training.evaluation.report import Reliability, write
from training.evaluation.stance import entity_stances, stance
from training.evaluation.undecided import Undecided

PARTS = ("attribution", "entities", "stance", "entity-stance", "inference")
KEPT = Path(__file__).with_name("figures.json")


def shown(figures: list[Figure], before: dict[str, float]) -> Table:
    """Figure, interval, and the difference to before."""
    table = Table("figure", "value", "95 %", "before", "change")
    for each in figures:
        was = before.get(each.name)
        change = "" if was is None else f"{each.value - was:+.1f}"
        clear = was is not None and not each.low <= was <= each.high
        interval = f"{each.low:.1f} – {each.high:.1f}"
        value, old = f"{each.value:.1f}", "" if was is None else f"{was:.1f}"
        table.add_row(each.name, value, interval, old, f"[bold]{change}[/bold]" if clear else change)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="Example: python -m training.evaluate --only entities")
    parser.add_argument("--out", type=Path, help="also write the figures there, as JSON")
    parser.add_argument("--only", choices=PARTS, action="append", help="some of the figures; may be repeated")
    parser.add_argument("--report", type=Path, default=Path("build/evaluation.html"), help="default: %(default)s")
    parser.add_argument("--weights", type=Path, help="another folder of training.export's: 32 bits instead of 8, say")
    parser.add_argument("--keep", action="store_true", help="keep the figures as those of the shipped weights")
    args = parser.parse_args()
    if not corpora.ROOT.is_dir():
        raise SystemExit(f"no research data in {corpora.ROOT}: set CLAIMWIRE_SHARED to its folder")
    if args.weights:
        weights.FOLDER, weights.TOKENIZER = args.weights, args.weights / "tokenizer.json"
    wanted = args.only or PARTS
    figures: list[Figure] = []
    parts: dict[str, list[Figure]] = {}
    errors = {}
    reliability: list[Reliability] = []
    model = Model.load(LanguageSettings())
    model.stance = Undecided()
    if "attribution" in wanted:
        found = attribution(model)
        figures, parts, errors = found.figures, found.parts, dict(found.errors)
        reliability.append(Reliability.of("claims", found.confidence, found.right))
    if "entities" in wanted:
        scored, wrong = entities(model)
        figures, errors = [*figures, *scored], errors | wrong
    for part, what, run in (
        ("stance", "stance", stance),
        ("entity-stance", "stance in articles", lambda: entity_stances(model)),
    ):
        if part in wanted:
            judged = run()
            figures = [*figures, *judged.figures]
            errors |= {f"{what}, {kind}": samples for kind, samples in judged.errors.items()}
            reliability.append(Reliability.of(what, judged.confidence, judged.right))
    if "inference" in wanted:
        figures = [*figures, *inference()]
    before = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    Console(width=120).print(shown(figures, {name: each["value"] for name, each in before.items()}))
    write(args.report, figures, before, parts, reliability, drawn(errors))
    print(f"samples of what is wrong: {args.report}")
    now = {each.name: {k: round(v, 2) for k, v in asdict(each).items() if k != "name"} for each in figures}
    if args.out:
        args.out.write_text(json.dumps(now, indent=2) + "\n")
    if args.keep:
        # Of a whole run nothing of another day is left.
        KEPT.write_text(json.dumps(now if set(wanted) == set(PARTS) else before | now, indent=2) + "\n")


if __name__ == "__main__":
    main()
