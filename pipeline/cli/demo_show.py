"""What `claimwire demo` does: starts what is needed, sends articles, waits for them, prints what came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from pipeline.cli.child import Child
from pipeline.errors import ServiceFailed
from pipeline.records import AnnotatedArticle, Claim, EntityRecord, Relation
from pipeline.settings_loading import load
from pipeline.topics import ARTICLES_ANNOTATED, ARTICLES_RAW, CLAIMS, CLAIMS_BY_ENTITY, ENTITIES, RELATIONS
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.broker.ports import bindable, listening

if TYPE_CHECKING:
    from pipeline.cli.invocation import Invocation
    from pipeline.settings import Settings
    from pipeline.topics import Topic
    from pipeline.wire.group import GroupProgress
    from pipeline.wire.start import Start

_POLL_SECONDS = 0.25
_STILL_SECONDS = 300.0  # without an article done, after which something is taken to be wrong
_PAGE_PATIENCE = 10.0  # seconds that the page has to stop in
_WIDTH = 140  # characters, where no terminal says
_CLOCKS_APART = timedelta(minutes=1)  # this machine's and the cluster's, at most


@dataclass
class Results:
    """What is read back of the articles that were sent, by id or key."""

    articles: dict[str, AnnotatedArticle] = field(default_factory=dict)
    entities: dict[str, EntityRecord] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)


class Show:
    """One demonstration. As a context manager it stops on leaving what it has started, the annotator first."""

    def __init__(self, invocation: Invocation, *, own_cluster: bool) -> None:
        """`own_cluster`: the settings name a running one."""
        self._invocation = invocation
        self._state = (invocation.settings.state_dir / "demo").absolute()
        self._broker = None if own_cluster else self._make_broker()
        changed = {"state_dir": self._state}
        if self._broker is not None:
            changed["kafka.bootstrap_servers"] = self._broker.servers  # type: ignore[assignment]
        self._flags = {**invocation.flags, **changed}
        self._settings: Settings = load(invocation.config, self._flags)
        self._running = ExitStack()
        self._services: dict[str, Child] = {}

    def run(self, paths: tuple[str, ...]) -> bool:
        """From nothing to printed claims. Whether every article was annotated."""
        began = time.monotonic()
        self._start()
        from pipeline.wire.start import Start

        seconds_to_ready = time.monotonic() - began
        came = datetime.now(UTC) - _CLOCKS_APART
        sent, refused = self._send_and_wait(paths)
        self._wait_for_relations(Start(came))
        seconds = time.monotonic() - began
        results = self._read_back(set(sent), Start(came))
        self._print(results)
        missing = [article for article in sent if article not in results.articles]
        if missing:
            _say(f"{len(missing)} articles were refused or stand in a later revision: claimwire dead-letters list")
        _say(
            f"{len(results.articles)} articles, {len(results.claims)} claims, {len(results.entities)} entities, "
            f"{sum(len(claim.stances) for claim in results.claims.values())} stances, "
            f"{len(results.relations)} relations; "
            f"{seconds:.1f} s, of which {seconds_to_ready:.1f} s until the broker was ready"
        )
        return not missing and not refused

    def stay(self) -> None:
        """Keeps everything running. Returns only by an exception: Ctrl-C, or ServiceFailed."""
        servers = self._settings.kafka.bootstrap_servers
        url = self._open_page()
        click.echo(
            f"\nThe page: {url}\n"
            f"The broker at {servers} and the services go on. In another terminal:\n"
            f"  export CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS={servers}\n"
            "  claimwire ingest FILE…\n"
            "  claimwire subscribe claims --follow\n"
            '  claimwire targets add "A deal is close"; claimwire subscribe stances --follow\n'
            "Ctrl-C stops them."
        )
        while True:
            time.sleep(_POLL_SECONDS)
            self._check()

    def _open_page(self) -> str:
        """Starts the page; its address, once it answers."""
        host, port = self._settings.view.host, self._settings.view.port
        if not bindable(host, port):
            port = free_port()
        log = self._log("view")
        page = Child("page", self.page_command(port), log, patience=_PAGE_PATIENCE)
        self._services["page"] = self._running.enter_context(page)
        began = time.monotonic()
        while not listening(host, port):
            time.sleep(_POLL_SECONDS)
            self._check()
            if time.monotonic() - began > _STILL_SECONDS:
                raise ServiceFailed("page", f"did not answer for {_STILL_SECONDS:g} s", log)
        return f"http://{host}:{port}/"

    def page_command(self, port: int) -> list[str]:
        """Of the page. It fills a file of the demonstration's own, whatever database the settings name."""
        flags = {name.replace(".", "__"): value for name, value in self._flags.items()} | {"view__port": port}
        return self._invocation.command("run", "view", "--url", f"sqlite:///{self._state / 'view.db'}", **flags)

    def _make_broker(self) -> LocalBroker:
        settings = self._invocation.settings.broker.model_copy(update={"port": free_port()})
        return LocalBroker(settings, self._state / "broker", say=_say)

    def _start(self) -> None:
        self._state.mkdir(parents=True, exist_ok=True)
        flags = {name.replace(".", "__"): value for name, value in self._flags.items()}
        patience = self._settings.processor.stop_seconds + 5
        if self._broker is not None:
            self._running.callback(self._broker.stop)
        # Java and the models start at the same time: the services wait for the broker and its topics by themselves.
        for service in ("annotator", "relations"):
            command = self._invocation.command("run", service, **flags)
            child = Child(service, command, self._log(service), patience=patience)
            self._services[service] = self._running.enter_context(child)
        if self._broker is not None:
            self._broker.start()
            _import_the_rest()
            self._broker.wait_ready()
        from pipeline.wire import admin

        admin.apply(self._settings)

    def _send_and_wait(self, paths: tuple[str, ...]) -> tuple[list[str], int]:
        """The ids of the articles sent, and how many were refused before."""
        from pipeline.cli.reading import report
        from pipeline.producers import files
        from pipeline.producers.ingest import Ingest
        from pipeline.wire.group import group_progress

        prefix = self._settings.topic_prefix
        found = files.find(paths)
        sent: list[str] = []
        ingest = Ingest(self._settings)
        _say(f"sending {len(found)} files")
        with group_progress(self._settings, f"{prefix}annotator", ARTICLES_RAW.full_name(prefix)) as progress:
            ingest.run(found, accepted=sent.append, unsent=report)
            self._wait(progress)
        return list(dict.fromkeys(sent)), ingest.progress.refused

    def _wait(self, progress: GroupProgress) -> None:
        """Until the annotator has committed what came."""
        count, done, moved = progress.came(), 0, time.monotonic()
        with _bar(count) as show:
            while done < count:
                time.sleep(_POLL_SECONDS)
                self._check()
                read = progress.read()
                if read > done:
                    moved, done = time.monotonic(), read
                    show(done)
                elif time.monotonic() - moved > _STILL_SECONDS:
                    raise ServiceFailed("annotator", f"did nothing for {_STILL_SECONDS:g} s", self._log("annotator"))

    def _wait_for_relations(self, start: Start) -> None:
        """Until every claim has been compared."""
        from pipeline.consumers.subscription import subscribe
        from pipeline.wire.group import group_progress

        prefix = self._settings.topic_prefix
        received = (message.received for message in subscribe(CLAIMS_BY_ENTITY, settings=self._settings, start=start))
        last = {record.partition: record.offset for record in received}
        began = time.monotonic()
        with group_progress(self._settings, f"{prefix}relations", CLAIMS_BY_ENTITY.full_name(prefix)) as progress:
            while not progress.passed(last):
                time.sleep(_POLL_SECONDS)
                self._check()
                if time.monotonic() - began > _STILL_SECONDS:
                    raise ServiceFailed("relations", f"not done after {_STILL_SECONDS:g} s", self._log("relations"))

    def _log(self, service: str) -> Path:
        return self._state / f"{service}.log"

    def _read_back(self, sent: set[str], start: Start) -> Results:
        from pipeline.wire.start import Start

        return Results(
            articles=self._latest(ARTICLES_ANNOTATED, start, lambda article: article.id in sent),
            entities=self._latest(ENTITIES, start, lambda entity: entity.article.id in sent),
            claims=self._latest(CLAIMS, start, lambda claim: claim.article.id in sent),
            # Those of an earlier demonstration still stand: claims that come again are not compared again.
            relations=self._latest(RELATIONS, Start(), lambda one: {claim.article.id for claim in one.claims} <= sent),
        )

    def _latest(self, topic: Topic, start: Start, ours: Callable[[Any], bool]) -> dict[str, Any]:
        """What stands on a compacted topic, by key."""
        from pipeline.consumers.subscription import subscribe

        standing: dict[str, Any] = {}
        for message in subscribe(topic, settings=self._settings, start=start):
            if message.record is None:
                standing.pop(message.key, None)
            elif ours(message.record):
                standing[message.key] = message.record
        return standing

    def _print(self, results: Results) -> None:
        from rich.console import Console

        from pipeline.cli.claims_table import by_article, printable
        from pipeline.cli.relations_table import one_relation

        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = _WIDTH
        order = sorted(results.claims.values(), key=lambda claim: (str(claim.article.published_at), claim.article.id))
        for table in by_article(order):
            console.print(table)
        silent = results.articles.keys() - {claim.article.id for claim in order}
        for article in sorted(silent):
            name = results.articles[article].headline or article
            console.print(f"{printable(name)}: nobody is quoted", style="dim", markup=False)
        for relation in sorted(results.relations.values(), key=lambda each: (each.label, each.kind, -each.score)):
            console.print(one_relation(relation))

    def _check(self) -> None:
        """Raises where something that should run does not."""
        if self._broker is not None and not self._broker.node.running:
            raise self._broker.node.ended()
        for service in self._services.values():
            service.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()


def _import_the_rest() -> None:
    """What is needed once the broker answers takes a second to import: while Java starts, that costs nothing."""
    import pipeline.cli.claims_table
    import pipeline.cli.relations_table
    import pipeline.consumers.subscription
    import pipeline.producers.ingest
    import pipeline.wire.group  # noqa: F401


def _say(line: str) -> None:
    click.echo(f"claimwire demo: {line}", err=True)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    """Within: a function to tell the number of articles done; draws on a terminal alone."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("annotating"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.update(task, completed=done)
