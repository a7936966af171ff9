"""`claimwire stance`."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click
import orjson

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.errors import UndecodableRecord

if TYPE_CHECKING:
    from pipeline.language.stance_model import StanceJudge

BATCH = 64  # lines judged at once


@click.command(
    epilog='Example: echo \'{"text": "The mayor praised the bridge.", "target": "the bridge"}\' | claimwire stance'
)
@click.argument("file", type=click.File("rb"), default="-")
@pass_invocation
def stance(invocation: Invocation, file: Iterable[bytes]) -> None:
    """Judge the stance of texts toward targets.

    Reads JSON lines {"text", "target", "source"?} and writes them again, in order, with `label` (favor, against,
    neutral) and `scores` (probabilities).
    """
    from pipeline.language.loading import stance_judge

    judge = stance_judge(invocation.settings.language)
    rows = _rows(file)
    while batch := list(islice(rows, BATCH)):
        for row in judged(batch, judge):
            click.echo(orjson.dumps(row))


def _rows(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise UndecodableRecord("JSON", str(error), item=f"line {number}") from None
        if not isinstance(row, dict) or not all(isinstance(row.get(k), str) for k in ("text", "target")):
            raise UndecodableRecord("a question", 'needs strings "text" and "target"', item=f"line {number}")
        yield row


def judged(rows: list[dict[str, Any]], judge: "StanceJudge") -> Iterator[dict[str, Any]]:
    """The rows with `label` and `scores`."""
    from pipeline.language.labels import STANCES
    from pipeline.language.stance_model import Question

    answers = judge([Question(row["text"], row["target"], row.get("source")) for row in rows])
    for row, answer in zip(rows, answers, strict=True):
        scores = {name: round(float(p), 4) for name, p in zip(STANCES, answer, strict=True)}
        yield {**row, "label": STANCES[int(answer.argmax())], "scores": scores}
