"""`claimwire schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.invocation import Invocation, pass_invocation

if TYPE_CHECKING:
    from pipeline.contract.registering import Standing


@click.group()
def schemas() -> None:
    """Register the schemas of the topics in a schema registry, or check them.

    The setting schema_registry.url says where it is: Confluent's API, which Apicurio (/apis/ccompat/v7) and Karapace
    speak too. Nothing needs a registry unless schema_registry.headers is set.
    """


@schemas.command(epilog="Example: claimwire --set schema_registry.url=http://localhost:8081 schemas register")
@pass_invocation
def register(invocation: Invocation) -> None:
    """Register what is missing, as subject TOPIC-value; new subjects get the level BACKWARD.

    Where the registry's rules refuse any of them, nothing is registered.
    """
    from pipeline.contract.registering import register

    count = 0
    for standing in register(invocation.settings):
        count += 1
        if standing.state != "registered":
            click.echo(f"registered  {standing.subject.name}  {_identity(standing)}")
    click.echo(f"all {count} schemas are registered")


@schemas.command(epilog="Example: CLAIMWIRE_SCHEMA_REGISTRY__URL=http://localhost:8081 claimwire schemas check")
@pass_invocation
@click.pass_context
def check(ctx: click.Context, invocation: Invocation) -> None:
    """Show how each subject stands; change nothing.

    Exit status: 0 all are registered, 1 some are not.
    """
    from rich.console import Console
    from rich.table import Table

    from pipeline.contract.registering import check

    found = check(invocation.settings)
    table = Table("subject", "state", "registered as", "level")
    for standing in found:
        state = f"{standing.state}: {standing.reason}" if standing.reason else standing.state
        table.add_row(standing.subject.name, state, _identity(standing), standing.level or "the registry's")
    Console(soft_wrap=True).print(table)
    states = {standing.state for standing in found}
    if states != {"registered"}:
        if "incompatible" not in states:
            click.echo("`claimwire schemas register` registers them.", err=True)
        ctx.exit(1)


def _identity(standing: Standing) -> str:
    known = standing.registered
    if known is None:
        return ""
    return f"id {known.id}" if known.version is None else f"version {known.version}, id {known.id}"
