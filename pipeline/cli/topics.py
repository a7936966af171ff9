"""`claimwire topics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.invocation import Invocation, pass_invocation

if TYPE_CHECKING:
    from pipeline.wire.admin import Difference


@click.group()
def topics() -> None:
    """Create, check and change the topics."""


@topics.command(epilog="Example: claimwire --set topics.raw_partitions=8 topics apply --force")
@click.option("--force", is_flag=True, help="Change existing topics that differ, too.")
@click.option("--run", metavar="NAME", help="The topics of this replay run instead.")
@pass_invocation
@click.pass_context
def apply(ctx: click.Context, invocation: Invocation, force: bool, run: str | None) -> None:
    """Create missing topics; show where others differ.

    Exit status: 0 all topics are as wanted, 1 some are not.
    """
    from pipeline.wire import admin

    settings = invocation.settings
    applied = admin.apply(settings, run=run, force=force)
    count = len(admin.wanted_topics(settings, run))
    for name in applied.created:
        click.echo(f"created  {name}")
    for change in applied.changed:
        click.echo(f"changed  {change.topic}  {change.property}: {change.found} -> {change.wanted}")
    if applied.left:
        _show(applied.left)
        ctx.exit(1)
    click.echo(f"all {count} topics are as wanted")


def _show(differences: list[Difference]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("topic", "property", "found", "wanted", "can be changed")
    for difference in differences:
        can = "with --force" if difference.obstacle is None else f"no: {difference.obstacle}"
        table.add_row(difference.topic, difference.property, difference.found, difference.wanted, can)
    Console(soft_wrap=True).print(table)
    if any(difference.obstacle is None for difference in differences):
        click.echo("Nothing was changed. `claimwire topics apply --force` changes them.", err=True)
    if any(difference.property == "partitions" for difference in differences):
        click.echo(
            "Partitions are only added, and only where older records do not matter: topics.raw_partitions=N lets more "
            "annotators work. To keep what is there, set topics.partitions and topics.entity_partitions to the numbers "
            "found. docs/operations.md says how to add partitions.",
            err=True,
        )
