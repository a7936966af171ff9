"""`claimwire run`: the services."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import click

from pipeline.cli.invocation import Invocation
from pipeline.cli.signals import sets_on_signal, sigterm_interrupts
from pipeline.cli.sink import url_option

_ALL = ("annotator", "relations", "view", "gateway")
_LOOK_SECONDS = 0.5

if TYPE_CHECKING:
    from pipeline.language.relation_model import RelationModel
    from pipeline.processors.workbench import Model
    from pipeline.settings import Settings


@click.group(epilog="Example: claimwire run annotator --workers 2")
def run() -> None:
    """Run a service until Ctrl-C or SIGTERM; a second Ctrl-C ends it at once."""


_run_option = click.option("--run", "name", metavar="NAME", help="Work on the topics of this replay run instead.")


def _workers(function: Callable[..., None]) -> Callable[..., None]:
    """The options of a service that runs as several processes."""
    workers = click.option(
        "--workers",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help="Processes; more than the topic has partitions are idle.",
    )
    supervised = click.option("--supervised", is_flag=True, hidden=True, help="Be one worker of a supervisor.")
    return workers(supervised(click.pass_context(function)))


@run.command(epilog="Example: CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS=broker:9092 claimwire run annotator --workers 2")
@_run_option
@_workers
def annotator(ctx: click.Context, workers: int, supervised: bool, name: str | None) -> None:
    """Annotate raw articles: entities, claims and stances, each exactly once.

    Waits for the broker and its topics. A worker that fails is started again.
    """
    settings = _settings(ctx)
    if supervised:
        from pipeline.processors import annotator as processor

        def load() -> Model:
            from pipeline.language.model import Model

            return Model.load(settings.language)

        processor.run(settings, load, run=name, supervised=True)
    _supervise(ctx, settings, workers, *_of_run(name))


@run.command(epilog="Examples: claimwire run relations; claimwire run relations --run may")
@_run_option
@_workers
def relations(ctx: click.Context, workers: int, supervised: bool, name: str | None) -> None:
    """Compare claims: who agrees with whom, who contradicts whom; stances on watched targets.

    Reads what the annotator writes; the claims of a replay run are compared with each other alone. Waits for the broker
    and its topics. A worker that fails is started again.
    """
    settings = _settings(ctx)
    if supervised:
        from pipeline.processors import relations as processor
        from pipeline.processors.aliases import source_names

        def load() -> RelationModel:
            from pipeline.language.relation_model import RelationModel

            return RelationModel.load(settings.language)

        processor.run(settings, load, source_names(settings.relations.aliases), run=name, supervised=True)
    _supervise(ctx, settings, workers, *_of_run(name))


def _of_run(name: str | None) -> tuple[str, ...]:
    return ("--run", name) if name else ()


def _settings(ctx: click.Context) -> Settings:
    """Of this run; with them the log and the traces of the service are set up."""
    from pipeline.processors import logs
    from pipeline.wire import tracing

    invocation = ctx.find_object(Invocation)
    assert invocation is not None
    settings = invocation.settings
    logs.set_up(str(ctx.info_name), ctx.find_root().params["verbose"], form=settings.telemetry.log_format)
    tracing.set_up(settings.telemetry, str(ctx.info_name))
    return settings


def _supervise(ctx: click.Context, settings: Settings, workers: int, *options: str) -> None:
    """`options`: of the service, beside those that all have."""
    from pipeline.processors.supervisor import Supervisor

    limits = settings.processor
    supervisor = Supervisor(
        service_command(ctx, str(ctx.info_name), *options, "--supervised"),
        workers=workers,
        restarts=limits.restarts,
        stop_seconds=limits.stop_seconds,
        variables=lambda number: {"CLAIMWIRE_TELEMETRY__PORT_OFFSET": str(number - 1)},
    )
    ctx.exit(supervisor.run())


@run.command(epilog="Example: claimwire --set view.port=8300 run view --url postgresql://claims@localhost/claims")
@url_option
@click.pass_context
def view(ctx: click.Context, url: str | None) -> None:
    """Serve the page, and keep its database up with the topics.

    Settings under `view.` say where it listens and who may see it (`claimwire settings --describe`).
    """
    from pipeline.consumers.database.connection import connect, database_url, prepare
    from pipeline.view.service import serve

    settings = _settings(ctx)
    engine = connect(database_url(settings, url), pool_size=20)
    prepare(engine, settings.topic_prefix)
    serve(settings, engine, lambda address: click.echo(f"claimwire view: {address}", err=True))


@run.command(epilog="Example: CLAIMWIRE_GATEWAY__TOKENS_FILE=tokens.txt claimwire run gateway")
@click.pass_context
def gateway(ctx: click.Context) -> None:
    """Take articles over HTTP: POST /articles, in any format, answered once the cluster has them.

    Also /openapi.json, /health and /ready. Without tokens it listens to this machine alone.
    """
    from pipeline.producers.gateway.app import run as serve

    serve(_settings(ctx))


@run.command(epilog="Example: claimwire feeds add https://straitpost.example/rss; claimwire run feeds")
@click.pass_context
def feeds(ctx: click.Context) -> None:
    """Poll the feeds of `claimwire feeds` and send what is new in them.

    Asks servers only for what has changed. Private and loopback addresses are refused, also behind names and
    redirects, but for those of feeds.allowed_networks.
    """
    import threading

    from pipeline.producers.feeds.polling import run as poll

    settings = _settings(ctx)
    stopping = threading.Event()
    with sets_on_signal(stopping):
        poll(settings, stopping)


@run.command(name="all", epilog="Example: claimwire broker & claimwire topics apply; claimwire run all")
@click.pass_context
def all_(ctx: click.Context) -> None:
    """Run the annotator, relations, the page and the gateway, one process of each; Ctrl-C stops them all.

    What one machine needs. Each can also run alone, more than once, and elsewhere. Where one ends by itself, all end.
    """
    from pipeline.cli.child import Child

    invocation = ctx.find_object(Invocation)
    assert invocation is not None
    patience = invocation.settings.processor.stop_seconds + 5
    with suppress(KeyboardInterrupt), sigterm_interrupts(), ExitStack() as running:
        services = [
            running.enter_context(
                Child(name, service_command(ctx, name, telemetry__port_offset=number), None, patience=patience)
            )
            for number, name in enumerate(_ALL)
        ]
        while True:
            time.sleep(_LOOK_SECONDS)
            for service in services:
                service.check()


def service_command(ctx: click.Context, name: str, *options: str, **settings: object) -> list[str]:
    """The command of another service: this one, with what was said before its name. `options`: the service's."""
    invocation = ctx.find_object(Invocation)
    assert invocation is not None
    return invocation.command(*["-v"] * ctx.find_root().params["verbose"], "run", name, *options, **settings)
