"""What one node of a local cluster is told: a typed configuration, and the properties file that Kafka reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Voter:
    """A controller of the cluster's quorum, and where it listens."""

    node_id: int
    port: int


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """One node. `port`: where clients reach it, None for a node that is controller alone.

    `voters`: the controllers of the cluster, the same for each of its nodes; a node whose id is among them is one.
    `folder`: its data and logs, nobody else's. `heap_megabytes`: the largest Java heap, MiB. `overrides`: properties
    that differ from server.properties.
    """

    node_id: int
    port: int | None
    voters: tuple[Voter, ...]
    folder: Path
    heap_megabytes: int = 128
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """Kafka's own files."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the broker logs."""
        return self.folder / "broker.log"

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"{HOST}:{self.port}"

    def properties(self) -> str:
        """The properties file: server.properties and what is this node's own, later lines winning."""
        own = {voter.port for voter in self.voters if voter.node_id == self.node_id}
        roles = {"broker": self.port is not None, "controller": bool(own)}
        clients = [f"CLIENTS://{self.address}"] if self.port is not None else []
        properties = {
            "process.roles": ",".join(role for role, has in roles.items() if has),
            "node.id": str(self.node_id),
            "controller.quorum.voters": ",".join(f"{v.node_id}@{HOST}:{v.port}" for v in self.voters),
            "listeners": ",".join([*clients, *(f"CONTROLLER://{HOST}:{port}" for port in own)]),
            "advertised.listeners": ",".join(clients),
            "log.dirs": str(self.data),
            **self.overrides,
        }
        shared = files("pipeline.wire.broker").joinpath("server.properties").read_text("utf-8")
        return shared + "\n" + "".join(f"{name}={_escaped(value)}\n" for name, value in properties.items() if value)


def _escaped(value: str) -> str:
    """For Java's properties format, which reads ISO 8859-1 and takes a backslash as an escape."""
    units = value.encode("utf-16-be")
    characters = (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2))
    return "".join(chr(c) if 32 <= c < 127 and c != 92 else f"\\u{c:04x}" for c in characters)
