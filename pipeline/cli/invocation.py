"""What the options before a command's name say: `ctx.obj` of every command."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from pipeline.settings_loading import Setting


@dataclass
class Invocation:
    """One run of the command. `flags`: settings by dotted name, from `--set`.

    Settings are read, and the libraries that check them imported (0.3 s), on first use: `claimwire --help` needs
    neither, and must not fail on a broken file.
    """

    config: Path | None = None
    flags: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        """The settings of this run. Raises SettingsInvalid."""
        from pipeline.settings_loading import load

        return load(self.config, self.flags)

    def command(self, *arguments: str, **settings: object) -> list[str]:
        """The command line of another claimwire with the same settings, and `settings` (`kafka__bootstrap_servers`)."""
        options = [] if self.config is None else ["--config", str(self.config)]
        changed = {name.replace("__", "."): value for name, value in settings.items()}
        for name, value in {**self.flags, **changed}.items():
            options += ["--set", f"{name}={value}"]
        return [sys.executable, "-m", "pipeline.cli.main", *options, *arguments]

    def explained(self) -> Iterator[Setting]:
        """Every setting with where it came from. Raises SettingsInvalid."""
        from pipeline.settings_loading import explain

        return explain(self.config, self.flags)


pass_invocation = click.make_pass_decorator(Invocation)
"""Hands the Invocation to a command as its first argument."""
