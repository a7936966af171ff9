"""`claimwire feeds`."""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
import orjson

from pipeline.cli.invocation import Invocation, pass_invocation

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_SHORTEST_SECONDS = 10


class Duration(click.ParamType):
    """Seconds, as a person writes them: 30s, 5m, 2h, 1d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Fails for what is none, or too short."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*([smhd]?)", str(value).strip().lower())
        if match is None:
            self.fail(f"{value!r} is no time like 30s, 5m, 2h or 1d", param, ctx)
        seconds = float(match[1]) * _UNITS[match[2]]
        if seconds < _SHORTEST_SECONDS:
            self.fail(f"at least {_SHORTEST_SECONDS}s", param, ctx)
        return seconds


@click.group(epilog="Example: claimwire feeds add https://straitpost.example/rss --every 5m")
def feeds() -> None:
    """Choose the feeds that `claimwire run feeds` polls."""


@feeds.command(epilog="Example: claimwire feeds add https://straitpost.example/rss --every 5m")
@click.argument("url")
@click.option("--every", type=Duration(), default="15m", show_default=True, help="Time between polls: 30s, 5m, 2h, 1d.")
@pass_invocation
def add(invocation: Invocation, url: str, every: float) -> None:
    """Poll URL from now on: RSS, Atom, RDF, JSON Feed, or a page. Again, to change how often."""
    from pipeline.producers.feeds.subscriptions import subscriptions

    with subscriptions(invocation.settings.state_dir) as found:
        new = found.add(url, every)
    click.echo(f"{'added' if new else 'changed'}  {url}  every {spoken(every)}")


@feeds.command(epilog="Example: claimwire feeds remove https://straitpost.example/rss")
@click.argument("url")
@pass_invocation
def remove(invocation: Invocation, url: str) -> None:
    """Poll URL no more. What was sent stays."""
    from pipeline.producers.feeds.subscriptions import subscriptions

    with subscriptions(invocation.settings.state_dir) as found:
        found.remove(url)
    click.echo(f"removed  {url}")


@feeds.command(name="list", epilog="Example: claimwire feeds list --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per feed and line.")
@pass_invocation
def list_feeds(invocation: Invocation, as_json: bool) -> None:
    """Print the feeds, how often they are polled, and how the last poll ended."""
    from pipeline.producers.feeds.subscriptions import subscriptions

    with subscriptions(invocation.settings.state_dir) as found:
        feeds = found.all()
    if as_json:
        for feed in feeds:
            click.echo(orjson.dumps(asdict(feed)))
        return
    if not feeds:
        click.echo("no feeds; add one: claimwire feeds add URL --every 15m", err=True)
    for feed in feeds:
        at = datetime.fromtimestamp(feed.polled, UTC).strftime("%Y-%m-%d %H:%MZ") if feed.polled else "not yet polled"
        failing = f"failed {feed.failures} times: " if feed.failures else ""
        outcome = f"  {failing}{feed.outcome}" if feed.outcome else ""
        click.echo(f"{feed.url}  every {spoken(feed.every)}  {feed.sent} sent  {at}{outcome}")


def spoken(seconds: float) -> str:
    """The shortest exact way to write so many seconds."""
    for unit in ("d", "h", "m"):
        if seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{int(seconds) if seconds.is_integer() else seconds}s"
