"""Choose the constants of decoding on the development part of PolNeAR: `python -m training.tune_decoding`.

Scores every window once, decodes it under each choice of constants, and prints the scorer's figures side by side.
"""

from itertools import product

from rich.console import Console
from rich.progress import track
from rich.table import Table

from pipeline.language.attributions import blocks, characters
from pipeline.language.decoding import attributions, cues
from pipeline.language.loading import tokeniser
from pipeline.language.model import MAX_WINDOW
from pipeline.language.quotes import Span, trimmed
from pipeline.language.role_model import RoleModel
from pipeline.language.token_model import TokenModel
from training import corpora
from training.evaluation.scorers import scorer

THRESHOLDS = (0.3, 0.4, 0.5, 0.6)
SOURCE_BREAKS = (0.0, 0.5, 1.0)
CONTENT_BREAKS = (1.0, 2.0, 3.0, 4.0)


def main() -> None:
    rows = list(corpora.rows("attribution/polnear.dev"))
    cut, tokens, model = tokeniser(), TokenModel(1), RoleModel(1)
    scored = []
    for row in track(rows, description="scoring", console=Console(stderr=True)):
        windows = cut.windows(row["text"], MAX_WINDOW)
        for window, score in zip(windows, tokens(windows), strict=True):
            candidates = cues(score, blocks(row["text"], window), min(THRESHOLDS))
            roles = model([score.vectors] * len(candidates), candidates)
            scored.append((row, window, list(zip(candidates, roles, strict=True))))
    table = Table(
        "cue threshold",
        "source break",
        "content break",
        "content exact",
        "content overlap",
        "source exact",
        "all three",
    )
    for threshold, source, content in product(THRESHOLDS, SOURCE_BREAKS, CONTENT_BREAKS):
        breaks = {"source": source, "content": content}
        found: dict[str, list[dict[str, list[Span]]]] = {row["id"]: [] for row in rows}
        for row, window, given in scored:
            kept = [pair for pair in given if pair[0].confidence >= threshold]
            for r in attributions([cue for cue, _ in kept], [scores for _, scores in kept], breaks):
                if r:
                    found[row["id"]].append(
                        {
                            "source": [characters(window, r.source)] if r.source else [],
                            "cue": [characters(window, r.cue)],
                            "content": [trimmed(row["text"], characters(window, run)) for run in r.content],
                        }
                    )
        counters = scorer("score_attribution").score(rows, [{"id": n, "attributions": a} for n, a in found.items()])
        keys = (("exact", "content"), ("overlap", "content"), ("exact", "source"), ("full", "all"))
        figures = [counters[key].prf()[2] for key in keys]
        table.add_row(str(threshold), str(source), str(content), *(f"{100 * x:.1f}" for x in figures))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
