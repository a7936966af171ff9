"""`claimwire demo`."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.signals import sigterm_interrupts

_EXAMPLES = Path(__file__).parents[2] / "examples"


@click.command(epilog="Example: claimwire demo --once stories/*.json")
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.option("--once", is_flag=True, help="Stop everything after printing.")
@pass_invocation
@click.pass_context
def demo(ctx: click.Context, invocation: Invocation, paths: tuple[str, ...], once: bool) -> None:
    """Show it all at work: broker, annotator, articles in, claims out.

    Starts a real Kafka broker and the annotator, sends the articles of PATH (or invented ones that come with the
    source), and prints who says what as it is read back from the topics. A cluster that is named in the settings is
    used instead of a broker of its own. Data are kept in the folder demo of the setting state_dir. Without --once the
    page is left open, and its address printed.

    Exit status: 0 every article was annotated, 1 some were not.
    """
    from pipeline.cli.demo_show import Show

    if not paths and not _EXAMPLES.is_dir():
        raise click.UsageError("the examples come with the source alone: name files of your own")
    show = Show(invocation, own_cluster=_names_a_cluster(invocation))
    with sigterm_interrupts():
        try:
            with show:
                complete = show.run(paths or (str(_EXAMPLES),))
                if not once:
                    show.stay()
        except KeyboardInterrupt:
            if once:
                raise
            complete = True
    ctx.exit(0 if complete else 1)


def _names_a_cluster(invocation: Invocation) -> bool:
    return any(
        setting.name == "kafka.bootstrap_servers" and setting.source != "default" and setting.value
        for setting in invocation.explained()
    )
