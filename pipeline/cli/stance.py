"""`claimwire stance`."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import orjson

from pipeline.cli.coming import coming
from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.errors import QuestionInvalid

if TYPE_CHECKING:
    from pipeline.language.stance_model import StanceJudge

BATCH = 64  # lines judged at once, at most

Row = dict[str, Any]


@click.command(
    epilog='Example: echo \'{"text": "The mayor praised the bridge.", "target": "the bridge"}\' | claimwire stance'
)
@click.argument("file", type=click.File("rb"), default="-")
@pass_invocation
def stance(invocation: Invocation, file: BinaryIO) -> None:
    """Judge the stance of texts toward targets.

    Reads JSON lines {"text", "target", "source"?} and writes them again, in order, with `label` (favor, against,
    neutral) and `scores` (probabilities). Lines are answered as they come. Ends at the first line that asks nothing,
    once those before it are answered.
    """
    from pipeline.language.loading import stance_judge

    judge = stance_judge(invocation.settings.language)
    for rows in _questions(file):
        for row in judged(rows, judge):
            click.echo(orjson.dumps(row))


def _questions(file: BinaryIO) -> Iterator[list[Row]]:
    """The rows, as they come. Raises QuestionInvalid once those before the line are given."""
    number = 0
    for lines in coming(file, BATCH):
        rows: list[Row] = []
        try:
            for line in lines:
                number += 1
                said = line.removeprefix(BOM_UTF8) if number == 1 else line
                if said.strip():
                    rows.append(_question(said, number))
        except QuestionInvalid:
            yield rows
            raise
        yield rows


def _question(line: bytes, number: int) -> Row:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise QuestionInvalid(number, f"no JSON: {error}") from None
    if not isinstance(row, dict):
        raise QuestionInvalid(number, "no JSON object")
    for key in ("text", "target"):
        value = row.get(key)
        if not isinstance(value, str) or not value.strip():
            raise QuestionInvalid(number, f'"{key}" is no string with words in it')
    if not isinstance(row.get("source"), str | None):
        raise QuestionInvalid(number, '"source" is neither a string nor null')
    return row


def judged(rows: list[Row], judge: StanceJudge) -> Iterator[Row]:
    """The rows with `label` and `scores`."""
    from pipeline.language.labels import STANCES
    from pipeline.language.stance_model import Question

    answers = judge([Question(row["text"], row["target"], row.get("source")) for row in rows])
    for row, answer in zip(rows, answers, strict=True):
        scores = {name: round(float(p), 4) for name, p in zip(STANCES, answer, strict=True)}
        yield {**row, "label": STANCES[int(answer.argmax())], "scores": scores}
