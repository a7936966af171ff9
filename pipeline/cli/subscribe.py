"""`claimwire subscribe`."""

from typing import Any, get_args

import click
import orjson

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.signals import sigterm_interrupts
from pipeline.consumers.filters import Filters
from pipeline.consumers.lines import line
from pipeline.consumers.subscription import TOPICS, Message, subscribe
from pipeline.records import StanceName
from pipeline.wire import tracing
from pipeline.wire.start import Start


class _StartType(click.ParamType):
    name = "start"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Start:
        if isinstance(value, Start):
            return value
        try:
            return Start.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(
    name="subscribe",
    epilog="Examples: claimwire subscribe claims --from 2024-04-08 --source Hamas | jq .content.text; "
    "claimwire subscribe claims --from now --follow --entity Israel --stance against",
)
@click.argument("topic", type=click.Choice(list(TOPICS)))
@click.option(
    "--from",
    "start",
    type=_StartType(),
    default=Start(),
    metavar="beginning|now|DATE|OFFSET",
    help="Where to begin: a date or time (UTC without a zone), or an offset in each partition. "
    "By default the beginning.",
)
@click.option("--follow", is_flag=True, help="Wait for more instead of ending where the topic ends.")
@click.option("--group", help="Continue where this consumer group left off, and share the partitions with its members.")
@click.option("--run", metavar="NAME", help="The topic of this replay run.")
@click.option("--source", multiple=True, help="Part of the name or the words of who says it.")
@click.option("--entity", multiple=True, help="Id or name of an entity that it is about.")
@click.option("--publisher", multiple=True, help="Who published the article.")
@click.option("--stance", multiple=True, type=click.Choice(get_args(StanceName)), help="A stance that is taken.")
@click.option("--target", multiple=True, help="Id or part of the words of what a stance is about.")
@click.option("--pretty", is_flag=True, help="For people: who says what. Without it, one JSON object per line.")
@pass_invocation
def command(
    invocation: Invocation,
    /,
    topic: str,
    start: Start,
    follow: bool,
    group: str | None,
    run: str | None,
    pretty: bool,
    **filters: tuple[str, ...],
) -> None:
    """Print the records of a topic, one JSON object per line.

    Ends where the topic ends, or with --follow on Ctrl-C. A filter may be given several times: any of its values
    will do. What was withdrawn is told as {"key": …, "withdrawn": true}.
    """
    tracing.set_up(invocation.settings.telemetry, "subscribe")
    messages = subscribe(
        topic,
        settings=invocation.settings,
        start=start,
        follow=follow,
        group=group,
        filters=Filters(**filters),  # type: ignore[arg-type]
        run=run,
    )
    output = click.get_binary_stream("stdout")
    with sigterm_interrupts():
        for message in messages:
            output.write((_pretty(message) if pretty else line(message.received) or b"") + b"\n")
            # A reader at the other end of a pipe works on each record as it comes.
            output.flush()


def _pretty(message: Message[Any]) -> bytes:
    from pipeline.cli.claims_table import one_claim
    from pipeline.records import Claim

    if isinstance(message.record, Claim):
        return one_claim(message.record).encode()
    indented: bytes = orjson.dumps(orjson.loads(line(message.received) or b"null"), option=orjson.OPT_INDENT_2)
    return indented
