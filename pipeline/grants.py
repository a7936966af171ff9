"""What each service may do on the cluster, and no more: plain data.

ACLs are made from it (docs/security.md, deploy/), and a processor compares it at its start with what the cluster lets
it do.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

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
    STANCES,
    TARGETS,
    TOPICS,
)

Operation: TypeAlias = Literal["READ", "WRITE", "DESCRIBE", "CREATE", "ALTER", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"]

_READ: frozenset[Operation] = frozenset({"READ", "DESCRIBE"})
_WRITE: frozenset[Operation] = frozenset({"WRITE", "DESCRIBE"})


@dataclass(frozen=True, slots=True)
class Grant:
    """Operations by topic (its name without prefix). `group`: the consumer group's name after the prefix; None: none.

    `transactions`: whether it writes in transactions, whose ids begin with the group's name and a hyphen.
    """

    topics: dict[str, frozenset[Operation]] = field(default_factory=dict)
    group: str | None = None
    transactions: bool = False


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
    # People who subscribe, in groups whose names begin with "subscriber-".
    "subscriber": Grant({topic.name: _READ for topic in PUBLIC}, group="subscriber-"),
    # `claimwire topics apply`, and all else that people do.
    "operator": Grant(
        {
            name: frozenset({"READ", "WRITE", "DESCRIBE", "CREATE", "ALTER", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"})
            for name in TOPICS
        },
        group="",
    ),
}
"""By service, or by who does it."""
