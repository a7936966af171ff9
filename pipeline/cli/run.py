"""`claimwire run`: the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.invocation import Invocation

if TYPE_CHECKING:
    from pipeline.processors.workbench import Model


@click.group(epilog="Example: claimwire run annotator --workers 2")
def run() -> None:
    """Run a service until Ctrl-C or SIGTERM; a second Ctrl-C ends it at once."""


@run.command(epilog="Example: CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS=broker:9092 claimwire run annotator --workers 2")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes; more than the topic has partitions are idle.",
)
@click.option("--run", "name", metavar="NAME", help="Work on the topics of this replay run instead.")
@click.option("--supervised", is_flag=True, hidden=True, help="Be one worker of a supervisor.")
@click.pass_context
def annotator(ctx: click.Context, workers: int, name: str | None, supervised: bool) -> None:
    """Annotate raw articles: entities, claims and stances, each exactly once.

    Waits for the broker and its topics. A worker that fails is started again.
    """
    from pipeline.processors import logs

    settings = ctx.find_object(Invocation).settings  # type: ignore[union-attr]
    logs.set_up("annotator", ctx.find_root().params["verbose"])
    if supervised:
        from pipeline.processors import annotator as processor

        def load() -> Model:
            from pipeline.language.model import Model

            return Model.load(settings.language)

        processor.run(settings, load, run=name, supervised=True)
    from pipeline.processors.supervisor import Supervisor

    limits = settings.processor
    options = ("--run", name) if name else ()
    supervisor = Supervisor(
        _worker(ctx, *options), workers=workers, restarts=limits.restarts, stop_seconds=limits.stop_seconds
    )
    ctx.exit(supervisor.run())


def _worker(ctx: click.Context, *options: str) -> list[str]:
    """The command of one worker: this one, with its options before the service's name. `options`: the service's."""
    invocation = ctx.find_object(Invocation)
    assert invocation is not None
    python, m, module, *arguments = invocation.command("run", str(ctx.info_name), *options, "--supervised")
    return [python, m, module, *(["-v"] * ctx.find_root().params["verbose"]), *arguments]
