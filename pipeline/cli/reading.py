"""What the commands that read files share: their arguments, and how an item that gives no article is reported."""

from __future__ import annotations

import os
from typing import Any

import click
import orjson

from pipeline.errors import ArticleRefused
from pipeline.formats import FORMATS, Skipped, Withdrawal


def reads_files(command: Any) -> Any:
    """Adds `PATH…` (strings, as given) and `--format` to a command."""
    paths = click.argument("paths", nargs=-1, required=True, metavar="PATH…|-")
    format = click.option(  # noqa: A001
        "--format",
        type=click.Choice(list(FORMATS)),
        help="The format of every file. By default told by each file's name, else by its content.",
    )
    return paths(format(command))


def report(path: str, outcome: Withdrawal | Skipped | ArticleRefused) -> None:
    """Writes one JSON line to standard error: path, item, outcome ("skipped" or "refused"), reason, detail.

    A refusal says what to do about it as well (remedy). A withdrawal is a skip of the reason "withdrawn", its detail
    the id of the article.
    """
    # A file name may be no UTF-8 at all.
    line: dict[str, object] = {"path": os.fsencode(path).decode("utf-8", "replace"), "item": outcome.item}
    if isinstance(outcome, ArticleRefused):
        line |= {"outcome": "refused", "reason": outcome.reason, "detail": outcome.detail, "remedy": outcome.remedy}
    elif isinstance(outcome, Withdrawal):
        line |= {"outcome": "skipped", "reason": "withdrawn", "detail": outcome.article_id}
    else:
        line |= {"outcome": "skipped", "reason": outcome.reason, "detail": outcome.detail}
    click.echo(orjson.dumps(line), err=True)
