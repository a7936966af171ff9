"""`claimwire settings`."""

import dataclasses

import click
import orjson

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.settings_loading import Setting


@click.command(epilog="Example: claimwire settings --describe")
@click.option("--describe", is_flag=True, help="Add what each setting means, and its unit.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per setting and line.")
@pass_invocation
def settings(invocation: Invocation, describe: bool, as_json: bool) -> None:
    """Print every setting and where its value came from.

    Values come from claimwire.toml, then CLAIMWIRE_… variables (two underscores for a level), then --set.
    """
    rows = list(invocation.explained())
    if as_json:
        for row in rows:
            click.echo(orjson.dumps(dataclasses.asdict(row), default=str))
        return
    name_width = max(len(row.name) for row in rows)
    value_width = max(len(_shown(row)) for row in rows)
    for row in rows:
        click.echo(f"{row.name:<{name_width}}  {_shown(row):<{value_width}}  {row.source}")
        if describe:
            click.echo(f"    {row.description}")


def _shown(row: Setting) -> str:
    # A secret prints itself as asterisks.
    return "-" if row.value is None else str(row.value)
