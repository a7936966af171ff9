"""`python -m tests.faults`: the whole table. `make faults` calls it."""

import signal
import sys
from collections import Counter

import click

from tests.faults import report
from tests.faults.playing import Turn, play
from tests.faults.results import FOLDER, Results, Row, fingerprint
from tests.faults.results import commit as current
from tests.faults.run import Outcome, Scenario
from tests.faults.scenarios import SCENARIOS

_NAMES = {scenario.name: scenario for scenario in SCENARIOS}


def _chosen(ctx: click.Context, param: click.Parameter, value: str | None) -> list[Scenario]:
    names = [name for name in (value or "").replace(",", " ").split() if name]
    for name in names:
        if name not in _NAMES:
            raise click.BadParameter(f"{name!r} is none of: {', '.join(_NAMES)}", ctx, param)
    return [_NAMES[name] for name in names] or list(SCENARIOS)


@click.command(epilog="Example: python -m tests.faults --only zombie,stop --times 2")
@click.option("--only", "scenarios", callback=_chosen, metavar="NAMES", help="These scenarios, separated by commas.")
@click.option("--times", type=click.IntRange(1), help="Runs of each scenario, at most; default: as the table says.")
@click.option("--fresh", is_flag=True, help="Forget earlier results; default: go on after those of the same sources.")
@click.option("--list", "listed", is_flag=True, help="Print the names of the scenarios, and run nothing.")
def main(scenarios: list[Scenario], times: int | None, fresh: bool, listed: bool) -> None:
    """Hurt a real cluster and real annotators, count what subscribers get, and write docs/reliability.md."""
    if listed:
        for scenario in SCENARIOS:
            click.echo(f"{scenario.name:16} {scenario.times:3} times: {scenario.fault}")
        return
    # A kill by SIGTERM must take down the brokers and annotators, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    results, source, commit = Results(), fingerprint(), current()
    if fresh:
        results.clear()
    turns = _turns(scenarios, times, {(row.scenario, row.number) for row in results.read(source) if row.good})
    try:
        for done, (turn, outcome) in enumerate(play(turns, FOLDER / "logs", click.echo), start=1):
            results.add(Row.of(turn.scenario, turn.number, source, commit, outcome))
            click.echo(f"[{done}/{len(turns)}] {_line(turn, outcome)}")
    finally:
        rows = results.read(source)
        if rows:
            report.write(SCENARIOS, rows)
            click.echo("\n".join(["", *report.table(SCENARIOS, rows), "", f"written: {report.PATH}"]))
    if not all(row.good for row in rows):
        click.echo(f"Something went wrong; the logs of those runs are in {FOLDER / 'logs'}", err=True)
        sys.exit(1)


def _turns(scenarios: list[Scenario], times: int | None, done: set[tuple[str, int]]) -> list[Turn]:
    turns = []
    for scenario in scenarios:
        obstacle = scenario.obstacle()
        if obstacle:
            click.echo(f"{scenario.name} is left out: {obstacle}")
            continue
        numbers = range(1, min(times or scenario.runs, scenario.runs) + 1)
        turns += [Turn(scenario, number) for number in numbers if (scenario.name, number) not in done]
    finished = Counter(name for name, _ in done)
    if finished:
        click.echo(f"{finished.total()} runs of the same sources are done already; --fresh forgets them")
    return turns


def _line(turn: Turn, outcome: Outcome) -> str:
    verdict = outcome.verdict
    counts = (
        f"{outcome.articles} articles, lost {verdict.lost}, doubled {verdict.doubled}, out of order "
        f"{verdict.out_of_order}, orphaned {verdict.orphaned}, dead letters {verdict.dead_letters}"
    )
    name = f"{turn.scenario.name} {turn.number}/{turn.scenario.runs}"
    remarks = "; ".join([*outcome.notes, *(f"WRONG: {what}" for what in [*outcome.wrong, *verdict.problems[:5]])])
    return f"{name}: {counts}, {outcome.seconds:.1f} s" + (f" ({remarks})" if remarks else "")


if __name__ == "__main__":
    main()
