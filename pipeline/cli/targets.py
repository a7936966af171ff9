"""`claimwire targets`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.invocation import Invocation, pass_invocation

if TYPE_CHECKING:
    from pipeline.records import Target
    from pipeline.settings import Settings


@click.group()
def targets() -> None:
    """Add, list and remove the propositions that are watched.

    `claimwire run relations` writes the stance of each claim that bears on one to the topic `stances`.
    """


@targets.command(epilog='Example: claimwire targets add "A ceasefire deal is close"')
@click.argument("proposition")
@pass_invocation
def add(invocation: Invocation, proposition: str) -> None:
    """Watch PROPOSITION from now on, and in the claims of the last days. Prints its id."""
    from pipeline.producers import targets as producer

    if not proposition.strip():
        raise click.UsageError("an empty proposition: write what is to be watched as a sentence")
    target = producer.add(invocation.settings, proposition)
    click.echo(f"{target.id}  {target.text}")


@targets.command(name="list", epilog="Example: claimwire targets list")
@pass_invocation
def list_(invocation: Invocation) -> None:
    """What is watched: ids, since when, propositions."""
    from pipeline.cli.claims_table import printable

    standing = _standing(invocation.settings)
    for target in standing.values():
        click.echo(f"{printable(target.id)}  {target.created_at:%Y-%m-%d %H:%M}  {printable(target.text)}")
    if not standing:
        click.echo('Nothing is watched. claimwire targets add "A ceasefire deal is close"', err=True)


@targets.command(epilog='Example: claimwire targets remove "A ceasefire deal is close"')
@click.argument("target")
@pass_invocation
def remove(invocation: Invocation, target: str) -> None:
    """Watch TARGET (its id, or the proposition word for word) no longer. Its stances are withdrawn."""
    from pipeline.ids import target_id
    from pipeline.producers import targets as producer

    standing = _standing(invocation.settings)
    found = target if target in standing else target_id(target)
    if found not in standing:
        raise click.UsageError(f"{target!r} is not watched: see `claimwire targets list`")
    producer.remove(invocation.settings, found)
    click.echo(f"{found} removed")


def _standing(settings: Settings) -> dict[str, Target]:
    from pipeline.consumers.subscription import subscribe
    from pipeline.records import Target
    from pipeline.topics import TARGETS

    found: dict[str, Target] = {}
    for message in subscribe(TARGETS, settings=settings):
        found.pop(message.key, None)
        if isinstance(message.record, Target):
            found[message.key] = message.record
    return found
