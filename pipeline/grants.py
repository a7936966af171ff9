"""What each service may do on the cluster, and no more: plain data.

ACLs are made from it (docs/security.md, deploy/), and a processor compares it at its start with what the cluster lets
it do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from pipeline.topics import (
    ARTICLES_ANNOTATED,
    ARTICLES_EMBARGOED,
    ARTICLES_RAW,
    CLAIMS,
    CLAIMS_BY_ENTITY,
    DEAD_LETTERS,
    ENTITIES,
    PROPOSITIONS,
    PUBLIC,
    RELATIONS,
    RUNS,
    STANCES,
    TARGETS,
)

Operation: TypeAlias = Literal["READ", "WRITE", "DESCRIBE", "CREATE", "ALTER", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"]

_READ: frozenset[Operation] = frozenset({"READ", "DESCRIBE"})
_WRITE: frozenset[Operation] = frozenset({"WRITE", "DESCRIBE"})
_PUBLIC = {topic.name: _READ for topic in PUBLIC}


@dataclass(frozen=True, slots=True)
class Grant:
    """Operations by topic (its name without prefix). `group`: the consumer group's name after the prefix; None: none;
    one that ends in a hyphen: all that begin with it.

    `transactions`: whether it writes in transactions, whose ids begin with the group's name and a hyphen. `watches`:
    groups whose progress it shows.
    """

    topics: dict[str, frozenset[Operation]] = field(default_factory=dict)
    group: str | None = None
    transactions: bool = False
    watches: tuple[str, ...] = ()

    def resources(self, prefix: str) -> Iterator["Resource"]:
        """What it comes to where names have this prefix."""
        for topic, operations in self.topics.items():
            yield Resource("topic", prefix + topic, operations)
        if self.group is not None:
            yield Resource("group", prefix + self.group, frozenset({"READ"}), prefixed=self.group.endswith("-"))
        for group in self.watches:
            yield Resource("group", prefix + group, frozenset({"DESCRIBE"}))
        if self.transactions:
            yield Resource("transactional-id", f"{prefix}{self.group}-", _WRITE, prefixed=True)


@dataclass(frozen=True, slots=True)
class Everything(Grant):
    """Everything that begins with the prefix, topics of replay runs too."""

    def resources(self, prefix: str) -> Iterator["Resource"]:
        """As in Grant."""
        yield Resource("topic", prefix, frozenset(get_args(Operation)), prefixed=True)
        yield Resource("group", prefix, frozenset({"READ"}), prefixed=True)
        yield Resource("transactional-id", prefix, _WRITE, prefixed=True)


@dataclass(frozen=True, slots=True)
class Resource:
    """One ACL for each of `operations`. `prefixed`: on all that begins with `name`."""

    type: Literal["topic", "group", "transactional-id"]
    name: str
    operations: frozenset[Operation]
    prefixed: bool = False


GRANTS: dict[str, Grant] = {
    "annotator": Grant(
        {
            ARTICLES_RAW.name: _READ,
            ARTICLES_ANNOTATED.name: _READ | _WRITE,
            ARTICLES_EMBARGOED.name: _READ | _WRITE,
            ENTITIES.name: _WRITE,
            CLAIMS.name: _WRITE,
            CLAIMS_BY_ENTITY.name: _WRITE,
            DEAD_LETTERS.name: _WRITE,
        },
        group="annotator",
        transactions=True,
    ),
    "relations": Grant(
        {
            CLAIMS_BY_ENTITY.name: _READ,
            TARGETS.name: _READ,
            STANCES.name: _WRITE,
            RELATIONS.name: _READ | _WRITE,
            PROPOSITIONS.name: _READ | _WRITE,
            DEAD_LETTERS.name: _WRITE,
        },
        group="relations",
        transactions=True,
    ),
    "gateway": Grant({ARTICLES_RAW.name: _WRITE}),
    "feeds": Grant({ARTICLES_RAW.name: _WRITE}),
    "ingest": Grant({ARTICLES_RAW.name: _WRITE}),
    # The page shows dead letters, replay runs, and how far the live annotator is; how far a run's is, only to those who
    # may also describe its group and topic.
    "view": Grant(
        {**_PUBLIC, DEAD_LETTERS.name: _READ, RUNS.name: _READ, ARTICLES_RAW.name: frozenset({"DESCRIBE"})},
        watches=("annotator",),
    ),
    "sink": Grant(_PUBLIC),
    # People who subscribe, in groups whose names begin with "subscriber-".
    "subscriber": Grant(_PUBLIC, group="subscriber-"),
    # `claimwire topics apply`, `replay`, and all else that people do.
    "operator": Everything(),
}
"""By service, or by who does it."""


def markdown(prefix: str = "claimwire.") -> str:
    """The table, for docs/security.md."""
    rows = ["| who | on | may |", "|---|---|---|"]
    for who, grant in GRANTS.items():
        by_operations: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for resource in grant.resources(prefix):
            key = resource.type, tuple(sorted(operation.lower() for operation in resource.operations))
            by_operations.setdefault(key, []).append(f"`{resource.name}{'*' if resource.prefixed else ''}`")
        for (kind, operations), names in by_operations.items():
            rows.append(f"| {who} | {kind} {', '.join(names)} | {', '.join(operations).replace('_', ' ')} |")
    return "\n".join(rows) + "\n"
