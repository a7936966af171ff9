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
    return paths(format_option(command))


def format_option(command: Any) -> Any:
    """Adds `--format` (a name of FORMATS, or None) to a command."""
    return click.option(
        "--format",
        type=click.Choice(list(FORMATS)),
        help="The format of every file. By default told by each file's name, else by its content.",
    )(command)


def described(outcome: Withdrawal | Skipped | ArticleRefused) -> tuple[str, str, str]:
    """How an item that gives no article ended ("skipped" or "refused"), the reason for machines, the detail for people.

    A withdrawal is a skip of the reason "withdrawn", its detail the id of the article.
    """
    if isinstance(outcome, ArticleRefused):
        return "refused", outcome.reason, outcome.detail
    if isinstance(outcome, Withdrawal):
        return "skipped", "withdrawn", outcome.article_id
    return "skipped", outcome.reason, outcome.detail


def report(path: str, outcome: Withdrawal | Skipped | ArticleRefused) -> None:
    """Writes one JSON line to standard error: path, item, outcome, reason, detail, and for a refusal its remedy."""
    end, reason, detail = described(outcome)
    line: dict[str, object] = {
        # A file name may be no UTF-8 at all.
        "path": os.fsencode(path).decode("utf-8", "replace"),
        "item": outcome.item,
        "outcome": end,
        "reason": reason,
        "detail": detail,
    }
    if isinstance(outcome, ArticleRefused):
        line["remedy"] = outcome.remedy
    click.echo(orjson.dumps(line), err=True)
