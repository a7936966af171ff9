"""The command `claimwire`: options that all commands share, and how a run ends."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from pipeline import __version__
from pipeline.cli.invocation import Invocation
from pipeline.cli.lazy import LazyCommand, LazyGroup
from pipeline.errors import ClaimwireError, SystemRefused

COMMANDS = {
    "annotate": LazyCommand(
        "pipeline.cli.annotate:annotate", "Annotate files without Kafka: entities, claims and stances as JSON lines."
    ),
    "broker": LazyCommand(
        "pipeline.cli.broker:broker", "Run a real single-node Apache Kafka on this machine; Ctrl-C stops it."
    ),
    "dead-letters": LazyCommand(
        "pipeline.cli.dead_letters:dead_letters", "List, show and retry what could not be processed."
    ),
    "decode": LazyCommand("pipeline.cli.decode:decode", "Print the articles that files hold, as JSON lines."),
    "demo": LazyCommand("pipeline.cli.demo:demo", "Show it all at work: broker, annotator, articles in, claims out."),
    "export": LazyCommand(
        "pipeline.cli.export:export",
        "Write claims as W3C Web Annotations or schema.org Claims, one JSON-LD object a line.",
    ),
    "feeds": LazyCommand("pipeline.cli.feeds:feeds", "Choose the feeds that `claimwire run feeds` polls."),
    "ingest": LazyCommand("pipeline.cli.ingest:ingest", "Send articles from files, folders or standard input."),
    "replay": LazyCommand(
        "pipeline.cli.replay:replay", "Send history through the same processors into topics of its own."
    ),
    "run": LazyCommand(
        "pipeline.cli.run:run", "Run a service until Ctrl-C or SIGTERM; a second Ctrl-C ends it at once."
    ),
    "runs": LazyCommand("pipeline.cli.runs:runs", "List and compare replay runs; make one what stands live."),
    "schemas": LazyCommand(
        "pipeline.cli.schemas:schemas", "Register the schemas of the topics in a schema registry, or check them."
    ),
    "settings": LazyCommand("pipeline.cli.settings:settings", "Print every setting and where its value came from."),
    "sink": LazyCommand(
        "pipeline.cli.sink:sink",
        "Copy the topics into a database or files, exactly once; after any end it goes on where it was.",
    ),
    "stance": LazyCommand("pipeline.cli.stance:stance", "Judge the stance of texts toward targets."),
    "subscribe": LazyCommand(
        "pipeline.cli.subscribe:command", "Print the records of a topic, one JSON object per line."
    ),
    "targets": LazyCommand("pipeline.cli.targets:targets", "Add, list and remove the propositions that are watched."),
    "topics": LazyCommand("pipeline.cli.topics:topics", "Create, check and change the topics."),
    "view": LazyCommand(
        "pipeline.cli.view:view", "Look after the database of the page; `claimwire run view` serves it."
    ),
}

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def _assignments(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, object]:
    flags: dict[str, object] = {}
    for assignment in values:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise click.BadParameter(f"{assignment!r} is not NAME=VALUE", ctx, param)
        flags[name] = value
    return flags


@click.group(
    cls=LazyGroup,
    lazy_commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: claimwire --set topic_prefix=news. settings",
)
@click.version_option(__version__, prog_name="claimwire")
@click.option("-v", "--verbose", count=True, help="Log what is done to standard error; -vv logs details.")
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="Settings file instead of ./claimwire.toml."
)
@click.option("--set", "flags", multiple=True, metavar="NAME=VALUE", callback=_assignments, help="One setting.")
@click.pass_context
def cli(ctx: click.Context, verbose: int, config: Path | None, flags: dict[str, object]) -> None:
    """News articles in on Kafka; attributed, entity-tagged, stance-labelled claims out."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if not verbose:
        # They log every attempt to connect, at level ERROR. What matters reaches the person as a ClaimwireError.
        for library in ("kafka", "aiokafka"):
            logging.getLogger(library).setLevel(logging.CRITICAL)
    ctx.obj = Invocation(config, flags)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits: 0 done; 1 an error, or nobody reads the output; 2 wrong usage; 130 Ctrl-C.

    `arguments`: those of the process by default.
    """
    # `<&-`, `>&-`: nothing to read, and nobody to write to.
    sys.stdin = sys.stdin or Path(os.devnull).open()  # noqa: SIM115 (for as long as the process)
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    try:
        code = cli.main(arguments, prog_name="claimwire", standalone_mode=False)
        sys.stdout.flush()
    except ClaimwireError as error:
        _tell(error)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # `claimwire … | head`
        _give_up_output()
        sys.exit(1)
    except OSError as error:
        logging.getLogger(__name__).info("where it happened", exc_info=True)
        _tell(_refused(error))
        _give_up_output()
        sys.exit(1)
    # click gives back the code of `ctx.exit`, or whatever the command returned.
    sys.exit(code if isinstance(code, int) else 0)


def _tell(error: ClaimwireError) -> None:
    click.echo(f"claimwire: {error.message}\n{error.remedy}", err=True)


def _refused(error: OSError) -> SystemRefused:
    # Of a folder that was to be made where a file lies.
    no_folder = isinstance(error, FileExistsError | NotADirectoryError)
    reason = "is no folder, or lies in what is none" if no_folder else error.strerror or str(error)
    return SystemRefused(None if error.filename is None else os.fsdecode(error.filename), reason)


def _give_up_output() -> None:
    """What cannot be written stays in a buffer, and the interpreter would fail on it once more at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
