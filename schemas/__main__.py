"""`python -m schemas` writes the contract; `python -m schemas release` keeps it as that of this version."""

import sys
from pathlib import Path

import click

from pipeline import __version__
from schemas import releases
from schemas.files import write


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Write schemas/ anew from records.py and topics.py."""
    if context.invoked_subcommand is None:
        changed = write()
        click.echo("\n".join(f"wrote schemas/{name}" for name in changed) or "schemas/ is up to date")


@main.command()
@click.option("--into", type=click.Path(path_type=Path), default=releases.RELEASED, help="The folder of all releases.")
def release(into: Path) -> None:
    """Keep the schemas as those of this version, for later ones to be compared with."""
    broken = releases.broken_by(releases.current(), version=__version__, folder=into)
    if broken:
        click.echo("Not released: this breaks readers or data of earlier versions:", err=True)
        click.echo("\n".join(f"  {line}" for line in broken), err=True)
        sys.exit(1)
    click.echo(f"kept {releases.keep(__version__, into)}")


if __name__ == "__main__":
    main()
