"""`claimwire runs`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.signals import sigterm_interrupts

if TYPE_CHECKING:
    from pipeline.consumers.comparison import ArticleDifference, Totals
    from pipeline.producers.promotion import Promoted
    from pipeline.records import Run
    from pipeline.settings import Settings

_LIVE = "live"
_POLL_SECONDS = 0.5


@click.group(epilog="Example: claimwire runs compare live may")
def runs() -> None:
    """List and compare replay runs; make one what stands live."""


@runs.command("list", epilog="Example: claimwire runs list --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List runs: how far each is, when it began, articles sent and refused, what it reads."""
    import orjson

    from pipeline.producers.replay import reads
    from pipeline.wire.runs import read_runs

    settings = invocation.settings
    found = sorted(read_runs(settings).values(), key=lambda run: run.created_at)
    for run in found:
        state = _state(settings, run)
        if as_json:
            option = orjson.OPT_UTC_Z
            click.echo(orjson.dumps({**_plain(run), "state": state, "reads": reads(run)}, option=option))
        else:
            click.echo(
                f"{run.name:<20} {state:<16} {run.created_at:%Y-%m-%d %H:%M}  {run.sent:>9,} sent  "
                f"{sum(run.refused.values()):>6,} refused  {reads(run)}"
            )
    if not found:
        click.echo("claimwire: no runs; `claimwire replay` begins one", err=True)


@runs.command(epilog="Examples: claimwire runs compare live may; claimwire runs compare april may --json | jq .added")
@click.argument("a")
@click.argument("b")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each article that differs, then the totals.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Articles in the table.")
@pass_invocation
def compare(invocation: Invocation, a: str, b: str, as_json: bool, limit: int) -> None:
    """Say what B has that A has not, and the reverse: claims added, gone, and of another stance.

    A and B are runs, or "live" for what stands live. Articles that only one of them has are counted, no more.
    """
    import orjson

    from pipeline.consumers.comparison import Comparison

    shown = 0
    with sigterm_interrupts(), Comparison(invocation.settings, _run(a), _run(b)) as comparison:
        for difference in comparison.differences():
            if as_json:
                click.echo(orjson.dumps(difference))
                continue
            shown += 1
            if shown <= limit:
                _show(difference)
        if as_json:
            click.echo(orjson.dumps({"a": a, "b": b, "totals": comparison.totals}))
        else:
            if shown > limit:
                click.echo(f"… and {shown - limit:,} more; --limit shows them, or --json")
            _show_totals(a, b, comparison.totals)


@runs.command(epilog="Example: claimwire runs promote may")
@click.argument("name")
@pass_invocation
def promote(invocation: Invocation, name: str) -> None:
    """Make the articles of a run, with their claims and entities, what stands live.

    Claims that the run does not have are withdrawn, for the articles of the run alone; an article whose live revision
    is newer stays as it is. The live annotator takes it in: `claimwire run annotator` has to run somewhere. Doing it
    again, or after it was stopped, sends what still differs.
    """
    from pipeline.cli.meter import Meter
    from pipeline.producers.promotion import Promotion

    def told(promoted: Promoted) -> None:
        meter.show(promoted.sent, None, f"{promoted.sent:,} sent")

    try:
        with sigterm_interrupts(), Meter(f"promoting {name}") as meter:
            promoted = Promotion(invocation.settings, name).send(told)
            _wait(invocation.settings, promoted, meter)
    except KeyboardInterrupt:
        click.echo(f"stopped. What was sent will stand; `claimwire runs promote {name}` sends the rest.", err=True)
        raise
    click.echo(
        f"promoted {promoted.sent:,} articles of {name}, withdrew {promoted.withdrawn:,}; "
        f"{promoted.same:,} stood so already, {promoted.newer:,} stay in a newer live revision"
    )


def _wait(settings: Settings, promoted: Promoted, meter: Any) -> None:
    """Until the live annotator has taken in what was sent."""
    from pipeline.wire.runs import all_done, annotator_progress, share_done

    count = promoted.sent + promoted.withdrawn
    with annotator_progress(settings) as progress:
        begin = {part: min(progress.committed().get(part, 0), end) for part, end in promoted.ends.items()}
        said = False
        while not all_done(committed := progress.committed(), promoted.ends):
            if not said and not progress.members():
                said = True
                click.echo("waiting for the live annotator: claimwire run annotator", err=True)
            done = round(share_done(committed, promoted.ends, begin) * count)
            meter.show(done, count, f"{done:,} of {count:,} stand")
            time.sleep(_POLL_SECONDS)


def _run(name: str) -> str | None:
    return None if name == _LIVE else name


def _state(settings: Settings, run: Run) -> str:
    from pipeline.wire.runs import all_done, annotator_progress, share_done

    if not run.complete:
        return "sending"
    with annotator_progress(settings, run.name) as progress:
        committed = progress.committed()
    return "done" if all_done(committed, run.ends) else f"annotating {share_done(committed, run.ends):4.0%}"


def _plain(run: Run) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(run)


def _show(difference: ArticleDifference) -> None:
    click.echo(f"{difference.id}  {_one_line(difference.headline or '')}")
    for sign, claims in (("+", difference.added), ("-", difference.gone)):
        for claim in claims:
            click.echo(f"  {sign} {_one_line(claim.source) or 'nobody named'}: {_one_line(claim.text)}")
    for claim in difference.changed:
        stances = "; ".join(f"{_one_line(one.target)} {one.a or 'none'} -> {one.b or 'none'}" for one in claim.stances)
        click.echo(f"  ~ {_one_line(claim.source) or 'nobody named'}: {_one_line(claim.text)}  [{stances}]")


def _show_totals(a: str, b: str, totals: Totals) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "articles", "claims")
    table.add_row("in both", f"{totals.articles:,}", f"{totals.claims_same:,} the same")
    table.add_row("that differ", f"{totals.differing:,}", "")
    table.add_row(f"added in {b}", "", f"{totals.claims_added:,}")
    table.add_row(f"gone in {b}", "", f"{totals.claims_gone:,}")
    table.add_row("of another stance", "", f"{totals.claims_changed:,}")
    table.add_row(f"only in {a}", f"{totals.only_a:,}", "not compared")
    table.add_row(f"only in {b}", f"{totals.only_b:,}", "not compared")
    Console(soft_wrap=True).print(table)


def _one_line(text: str, most: int = 100) -> str:
    """Without what a terminal would take for a command or a new line."""
    said = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return said if len(said) <= most else said[: most - 1] + "…"
