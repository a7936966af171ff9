"""What `claimwire replay` does and shows: processors beside it, how far it is, what it came to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from pipeline.cli.child import Child
from pipeline.cli.meter import Meter
from pipeline.cli.replay_compared import wait_until_compared
from pipeline.consumers.run_results import results, standing
from pipeline.producers.history import by_reason
from pipeline.topics import PROPOSITIONS, RELATIONS
from pipeline.wire.runs import AnnotatorProgress, all_done, annotator_progress, share_done

if TYPE_CHECKING:
    from pipeline.cli.invocation import Invocation
    from pipeline.producers.history import Unsent
    from pipeline.producers.replay import Replay
    from pipeline.records import Run

_POLL_SECONDS = 0.5
_LOOK_SECONDS = 1.0  # between questions to the cluster


class Show:
    """One replay as a person sees it. `workers`: annotators to run here; 0: only send. `relations`: whether what they
    find is compared here too."""

    def __init__(self, invocation: Invocation, sending: Replay, *, workers: int, relations: bool) -> None:
        self._invocation = invocation
        self._settings = invocation.settings
        self._sending = sending
        self._workers = workers
        self._relations = relations and workers > 0
        self._read = 0  # bytes of the archive
        self._annotated = 0
        self._looked = 0.0

    def run(self, *, rate: float | None, unsent: Callable[[str, Unsent], None]) -> bool:
        """Sends and waits. Whether everything was accepted."""
        name = self._named.name
        with ExitStack() as running:
            children = [running.enter_context(child) for child in self._processors(name)]
            run = self._send_and_annotate(name, children, rate=rate, unsent=unsent)
            if self._relations:
                wait_until_compared(self._settings, name, lambda: _check(children))
        return self._sum_up(run)

    def _send_and_annotate(
        self, name: str, children: Sequence[Child], *, rate: float | None, unsent: Callable[[str, Unsent], None]
    ) -> Run:
        """Until all is sent, and annotated where that is done here; the run then."""
        with annotator_progress(self._settings, name) as progress, Meter(f"run {name}") as meter:

            def look(run: Run) -> None:
                _check(children)
                if time.monotonic() - self._looked > _LOOK_SECONDS:
                    self._looked = time.monotonic()
                    self._show(run, progress, meter)

            def read(count: int) -> None:
                self._read += count
                look(self._named)

            run = self._sending.send(rate=rate, told=look, unsent=unsent, read=read)
            self._looked = 0.0
            look(run)
            # Known from here on: what is sent stays as it is.
            while self._workers and not all_done(progress.committed(), run.ends):
                time.sleep(_POLL_SECONDS)
                look(run)
        return run

    @property
    def _named(self) -> Run:
        assert self._sending.run is not None  # begun or resumed
        return self._sending.run

    def _processors(self, name: str) -> Iterator[Child]:
        if self._workers:
            yield self._child(name, "annotator", "--workers", str(self._workers))
        if self._relations:
            # The annotators take the ports before.
            yield self._child(name, "relations", telemetry__port_offset=self._workers)

    def _child(self, name: str, service: str, *options: str, **settings: object) -> Child:
        folder = self._settings.state_dir / "replay"
        folder.mkdir(parents=True, exist_ok=True)
        command = self._invocation.command("-v", "run", service, "--run", name, *options, **settings)
        patience = self._settings.processor.stop_seconds + 5
        return Child(service, command, folder / f"{name}.{service}.log", patience=patience)

    def _show(self, run: Run, progress: AnnotatorProgress, meter: Meter) -> None:
        sent = run.sent + run.withdrawn
        done = sent
        if self._workers:
            self._annotated = done = round(share_done(progress.committed(), run.ends) * sent) if sent else 0
        words = f"{sent:,} sent" + (f", {done:,} annotated" if self._workers else "")
        meter.show(done, self._expected(run), words)

    def _expected(self, run: Run) -> int | None:
        """How many articles it will be, as far as one can tell."""
        sent = run.sent + run.withdrawn
        if run.complete:
            return sent
        if not run.archive:
            return sent + sum(run.stop[part] - offset for part, offset in run.next.items())
        size = self._sending.size
        return round(sent * max(1.0, size / self._read)) if size and self._read and sent else None

    def _sum_up(self, run: Run) -> bool:
        click.echo(f"run {run.name}: sent {run.sent:,} articles" + _some(", withdrew {:,}", run.withdrawn))
        if run.skipped:
            click.echo(f"skipped: {by_reason(run.skipped.items())}")
        refused = Counter(run.refused)
        if self._workers:
            found = results(self._settings, run.name)
            refused.update(found.dead_letters)
            click.echo(
                f"annotated: {found.articles:,} articles, {found.claims:,} claims"
                + _some("; {:,} held until their embargo ends, while annotators of the run work", found.held)
            )
        if self._relations:
            relations, propositions = (standing(self._settings, one, run.name) for one in (RELATIONS, PROPOSITIONS))
            click.echo(f"compared: {relations:,} relations, {propositions:,} propositions")
        if refused:
            click.echo(f"refused: {by_reason(refused.items())}")
        if not self._workers:
            click.echo(f"to annotate them: claimwire run annotator --run {run.name}")
        if not self._relations:
            click.echo(f"to compare their claims: claimwire run relations --run {run.name}")
        if self._workers:
            click.echo(f"what changed: claimwire runs compare live {run.name}")
        return not refused


def _check(children: Iterable[Child]) -> None:
    for child in children:
        child.check()


def _some(words: str, count: int) -> str:
    return words.format(count) if count else ""
