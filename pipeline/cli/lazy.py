"""A click group that imports a sub-command when it is called, so that `claimwire --help` loads no model library."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from pipeline.errors import OptionsInvalid


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is ("package.module:attribute") and its line in the list of commands."""

    target: str
    help: str

    def load(self) -> click.Command:
        """Imports the command."""
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class LazyGroup(click.Group):
    """A group whose commands come from `lazy_commands`, by name."""

    def __init__(self, *args: Any, lazy_commands: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy_commands = lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in order of the alphabet."""
        return sorted({*super().list_commands(ctx), *self.lazy_commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        lazy = self.lazy_commands.get(cmd_name)
        return lazy.load() if lazy else super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """What a command finds wrong with its options only while it works is wrong usage all the same."""
        try:
            return super().invoke(ctx)
        except OptionsInvalid as error:
            name = str(ctx.invoked_subcommand)
            command = self.get_command(ctx, name)
            asked = click.Context(command, ctx, name) if command is not None else ctx
            raise click.UsageError("; ".join(error.problems), asked) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands from the table alone: click's own would import each."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.lazy_commands[name].help) for name in sorted(self.lazy_commands)])
