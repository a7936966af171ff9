"""`claimwire broker`."""

import click

from pipeline.cli.invocation import Invocation, pass_invocation
from pipeline.cli.signals import sigterm_interrupts


@click.command(
    epilog="Examples: claimwire broker; on another port: claimwire --set broker.port=9093 broker. "
    "Needs Java 17 and, the first time, Maven."
)
@pass_invocation
def broker(invocation: Invocation) -> None:
    """Run a real single-node Apache Kafka on this machine; Ctrl-C stops it.

    Topics and records are kept between starts, in the folder broker of the setting state_dir.
    """
    from pipeline.wire.broker import LocalBroker

    settings = invocation.settings
    local = LocalBroker(settings.broker, settings.state_dir / "broker", say=_say)
    with sigterm_interrupts():
        try:
            with local:
                click.echo(f"Kafka {settings.broker.version} listens on {local.servers}")
                _say(f"data in {local.folder}; Ctrl-C stops it")
                if settings.kafka.bootstrap_servers != local.servers:
                    _say(f"the other commands use {settings.kafka.bootstrap_servers}, as kafka.bootstrap_servers says")
                local.serve()
        except KeyboardInterrupt:
            _say("stopped")


def _say(line: str) -> None:
    click.echo(f"claimwire broker: {line}", err=True)
