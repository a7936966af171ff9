"""Bringing a schema registry up with this version: what is there, what would be new, and registering it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.contract.registry import Registered, Registry
from pipeline.contract.subjects import Subject, subjects
from pipeline.errors import SchemasIncompatible
from pipeline.settings import Settings

LEVEL = "BACKWARD"
"""Of subjects that we make: who knows a version reads what was written by it and by the one before. Set in so many
words, because not every registry's default is that."""

State: TypeAlias = Literal["registered", "absent", "outdated", "incompatible"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one subject stands. "absent": no such subject; "outdated": it has other versions, and takes ours as its next;
    "incompatible": it does not, `reason` says why in the registry's words. `level`: None: that of the registry.
    """

    subject: Subject
    state: State
    registered: Registered | None = None
    level: str | None = None
    reason: str = ""


def check(settings: Settings) -> list[Standing]:
    """How every subject stands; changes nothing. Raises SettingsInvalid, RegistryUnavailable, RegistryRefused."""
    with Registry(settings.schema_registry) as registry:
        return [_standing(registry, subject) for subject in subjects(settings)]


def register(settings: Settings) -> Iterator[Standing]:
    """Registers what is not; one by one, each as it stands then. Done again it changes nothing.

    Raises as `check`, and SchemasIncompatible where any schema is: then nothing is registered.
    """
    with Registry(settings.schema_registry) as registry:
        found = [_standing(registry, subject) for subject in subjects(settings)]
        refused = {one.subject.name: one.reason for one in found if one.state == "incompatible"}
        if refused:
            raise SchemasIncompatible(refused)
        for standing in found:
            yield standing if standing.state == "registered" else _registered(registry, standing)


def _standing(registry: Registry, subject: Subject) -> Standing:
    registered = registry.find(subject)
    if registered is not None:
        return Standing(subject, "registered", registered, registry.compatibility(subject))
    if not registry.exists(subject):
        return Standing(subject, "absent")
    reason, level = registry.incompatible(subject), registry.compatibility(subject)
    return Standing(subject, "outdated" if reason is None else "incompatible", None, level, reason or "")


def _registered(registry: Registry, standing: Standing) -> Standing:
    registered, level = registry.register(standing.subject), standing.level
    if standing.state == "absent":
        # After: some registries keep no level for what is not there.
        registry.set_compatibility(standing.subject, LEVEL)
        level = LEVEL
    return Standing(standing.subject, standing.state, registered, level)
