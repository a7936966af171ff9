"""Where settings come from. Later layers win: defaults, `claimwire.toml`, DATABASE_URL, `CLAIMWIRE_…`, flags."""

import logging
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError

from pipeline.errors import SettingsInvalid
from pipeline.settings import Settings
from pipeline.stray_variables import strays

log = logging.getLogger(__name__)

ENV_PREFIX = "CLAIMWIRE_"
DATABASE_VARIABLE = "DATABASE_URL"
"""What platforms that lend a database call it; `CLAIMWIRE_DATABASE__URL` means ours and wins."""

DEFAULT_FILE = Path("claimwire.toml")

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it stands. `name` is dotted; `source`: "default", a file, a variable, or "flag"."""

    name: str
    value: object
    source: str
    description: str


def load(config: Path | None = None, flags: Mapping[str, object] | None = None) -> Settings:
    """The settings of this process.

    `config`: the file; by default `claimwire.toml` in the working directory, where there is one. `flags`: values from
    the command line by dotted name (`{"kafka.bootstrap_servers": "…"}`); None values are not set.
    Raises SettingsInvalid.
    """
    _refuse_secrets(flags or {})
    merged: Tree = {}
    for _, tree in _layers(config, flags):
        merged = _merged(merged, tree)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        raise SettingsInvalid([f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems]) from None


def explain(config: Path | None = None, flags: Mapping[str, object] | None = None) -> Iterator[Setting]:
    """Every setting with its value and where that came from, in the order of their definition. Raises as `load`."""
    layers = _layers(config, flags)
    for name, value, description in _leaves(load(config, flags)):
        source = "default"
        for layer, tree in layers:
            if _given(tree, name):
                source = ENV_PREFIX + name.replace(".", "__").upper() if layer == "environment" else layer
        yield Setting(name, value, source, description)


def _refuse_secrets(flags: Mapping[str, object]) -> None:
    """Everybody on a machine sees the command lines of its processes."""
    for name in _secrets(Settings):
        if flags.get(name) is not None:
            variable = ENV_PREFIX + name.replace(".", "__").upper()
            raise SettingsInvalid([f"{name}: a secret, not to be given by --set: use {variable} or {name}_file"])


def _secrets(group: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, definition in group.model_fields.items():
        kinds = (definition.annotation, *get_args(definition.annotation))
        if SecretStr in kinds:
            yield prefix + name
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _secrets(kind, f"{prefix}{name}.")


def _layers(config: Path | None, flags: Mapping[str, object] | None) -> list[tuple[str, Tree]]:
    file = config if config is not None else DEFAULT_FILE
    layers = [(str(file), _file(file))] if config is not None or file.exists() else []
    return [*layers, (DATABASE_VARIABLE, _database()), ("environment", _environment()), ("flag", _nested(flags or {}))]


def _database() -> Tree:
    url = os.environ.get(DATABASE_VARIABLE)
    return {"database": {"url": url}} if url else {}


def _file(path: Path) -> Tree:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsInvalid([f"{path}: {error.strerror}"]) from None
    except ValueError as error:
        raise SettingsInvalid([f"{path}: {error}"]) from None


class _FromEnvironment(BaseSettings, Settings):
    """Only tells `EnvSettingsSource` the names; never made."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)


def _environment() -> Tree:
    for name, meant in strays(os.environ, ENV_PREFIX, Settings.model_fields):
        _warn(name, meant)
    # An empty variable counts as unset: deployments often pass one on without a value.
    source = EnvSettingsSource(
        _FromEnvironment, env_prefix=ENV_PREFIX, env_nested_delimiter="__", env_ignore_empty=True
    )
    try:
        return source()
    except SettingsError as error:
        raise SettingsInvalid([f"environment: {error}"]) from None


@cache
def _warn(name: str, meant: str | None) -> None:
    """Once in a process: a command may read the settings several times."""
    log.warning("the variable %s is no setting%s", name, f": {meant} was meant?" if meant else "")


def _nested(flags: Mapping[str, object]) -> Tree:
    tree: Tree = {}
    for name, value in flags.items():
        if value is not None:
            *groups, leaf = name.split(".")
            inner = tree
            for group in groups:
                inner = inner.setdefault(group, {})
                if not isinstance(inner, dict):
                    raise SettingsInvalid([f"{name}: {group} is set to a value as well"])
            inner[leaf] = value
    return tree


def _merged(under: Tree, over: Tree) -> Tree:
    merged = dict(under)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if both else value
    return merged


def _given(tree: object, name: str) -> bool:
    for part in name.split("."):
        if not isinstance(tree, dict) or part not in tree:
            return False
        tree = tree[part]
    return True


def _leaves(group: BaseModel, prefix: str = "") -> Iterator[tuple[str, object, str]]:
    for name, definition in type(group).model_fields.items():
        value = getattr(group, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value, definition.description or ""
