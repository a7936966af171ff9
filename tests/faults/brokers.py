"""The clusters that the suite hurts."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from pipeline.settings import BrokerSettings
from pipeline.wire.broker import Cluster, Node
from pipeline.wire.broker.config import HOST
from pipeline.wire.broker.ports import free_ports
from tests.faults.proxy import Cable, Proxy

Kind: TypeAlias = Literal["one", "three", "cables"]
"""One node; three; three of which each reaches the others, and is reached, by cables that can be cut."""

_POLL_SECONDS = 0.2
_OVERRIDES = {
    # Short sessions, so that a run need not wait long for a dead annotator: the broker's own least is 6 s.
    "group.min.session.timeout.ms": "1000",
}


class Brokers:
    """A running cluster. `replication`: copies that its topics are to have."""

    def __init__(self, cluster: Cluster, cables: dict[int, list[Cable]]) -> None:
        self.nodes = cluster.nodes
        self.servers = cluster.servers
        self.replication = len(cluster.nodes)
        self._cables = cables
        if cables:
            self.servers = ",".join(f"{HOST}:{cables[node.config.node_id][0].port}" for node in self.nodes)

    def node(self, node_id: int) -> Node:
        """By its id."""
        return next(node for node in self.nodes if node.config.node_id == node_id)

    def leader(self, topic: str, partition: int) -> Node:
        """The node that leads a partition of a topic (full name), which must have a leader."""
        (found,) = [one for one in self._described([topic])[0]["partitions"] if one["partition_index"] == partition]
        return self.node(found["leader_id"])

    def wait_in_sync(self, topics: list[str], *, seconds: float = 90.0) -> None:
        """Returns when every copy of every partition of `topics` is in sync: no broker is needed by anybody then."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                partitions = [one for topic in self._described(topics) for one in topic["partitions"]]
                if partitions and all(len(one["isr_nodes"]) == self.replication for one in partitions):
                    return
            except KafkaError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"not every copy is in sync after {seconds:g} s")
            time.sleep(_POLL_SECONDS)

    def remove(self, topics: list[str]) -> None:
        """Deletes topics, so that the next run has the cluster to itself."""
        with KafkaAdminClient(bootstrap_servers=self.servers.split(",")) as client:
            client.delete_topics(topics)

    def heal(self) -> None:
        """Everything runs, and every cable is whole."""
        for cable in [cable for cables in self._cables.values() for cable in cables]:
            cable.mend()
        for node in self.nodes:
            if node.running:
                node.resume()
            else:
                node.start()
        for node in self.nodes:
            node.wait_ready(90)

    def isolate(self, node: Node) -> None:
        """Drops all traffic of a node: what others send to it, and what it sends to the controllers."""
        for cable in self._cables[node.config.node_id]:
            cable.cut()

    def _described(self, topics: list[str]) -> list[dict[str, Any]]:
        with KafkaAdminClient(bootstrap_servers=self.servers.split(","), request_timeout_ms=5000) as client:
            found: list[dict[str, Any]] = client.describe_topics(topics)
            return found


@contextmanager
def brokers(kind: Kind, folder: Path, say: Callable[[str], None] = lambda line: None) -> Iterator[Brokers]:
    """A cluster of that kind, ready; stopped afterwards."""
    cluster = Cluster(BrokerSettings(), folder, brokers=1 if kind == "one" else 3, say=say)
    overrides = _OVERRIDES | ({} if kind == "one" else {"min.insync.replicas": "2"})
    with Proxy() as proxy:
        cables = _cables(cluster, proxy) if kind == "cables" else {}
        for node in cluster.nodes:
            node.config = replace(node.config, overrides={**node.config.overrides, **overrides})
        with cluster:
            yield Brokers(cluster, cables)


def _cables(cluster: Cluster, proxy: Proxy) -> dict[int, list[Cable]]:
    """The cables of each node, by its id: first the one on which its clients (other brokers, too) reach it.

    The others are its ways to the controllers of the other nodes, and theirs to its own: one for each pair, since a cut
    must not part those two from each other.
    """
    configs = [node.config for node in cluster.nodes]
    ports = free_ports(len(configs) ** 2)
    cables: dict[int, list[Cable]] = {}
    for config in configs:
        assert config.port is not None
        cables[config.node_id] = [proxy.cable(ports.pop(), config.port)]
    for node in cluster.nodes:
        own = node.config.node_id
        voters = []
        for voter in node.config.voters:
            port = voter.port
            if voter.node_id != own:
                cable = proxy.cable(ports.pop(), voter.port)
                cables[own].append(cable)
                cables[voter.node_id].append(cable)
                port = cable.port
            voters.append(f"{voter.node_id}@{HOST}:{port}")
        node.config = replace(
            node.config,
            overrides={
                **node.config.overrides,
                "advertised.listeners": f"CLIENTS://{HOST}:{cables[own][0].port}",
                "controller.quorum.voters": ",".join(voters),
            },
        )
    return cables
