"""Several nodes on one machine: what a single broker cannot show, such as a leader that dies."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.settings import BrokerSettings
from pipeline.wire.broker.config import NodeConfig, Voter
from pipeline.wire.broker.node import Node
from pipeline.wire.broker.ports import free_ports
from pipeline.wire.broker.runtime import Runtime
from pipeline.wire.broker.storage import new_cluster_id

_REPLICATED = (
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "share.coordinator.state.topic.replication.factor",
)
_IN_SYNC = ("transaction.state.log.min.isr", "share.coordinator.state.topic.min.isr")
_COPIES = 3  # more nodes do not mean more copies


class Cluster:
    """`brokers` nodes in `folder`, on ports that were free.

    `controllers`: how many separate nodes form the quorum; 0: every broker is a controller as well. Internal topics
    have three copies where there are three brokers.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        folder: Path,
        *,
        brokers: int = 3,
        controllers: int = 0,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        runtime = Runtime.of(settings.version, say)
        cluster_id = new_cluster_id()
        ports = free_ports(2 * brokers + controllers)
        ids = range(1, brokers + controllers + 1)
        quorum = ids[brokers:] if controllers else ids
        voters = tuple(Voter(node_id, ports.pop()) for node_id in quorum)
        copies = min(brokers, _COPIES)
        overrides = {name: str(copies) for name in _REPLICATED} | {name: str(max(1, copies - 1)) for name in _IN_SYNC}
        self.nodes = [
            Node(
                NodeConfig(
                    node_id=node_id,
                    port=ports.pop() if node_id <= brokers else None,
                    voters=voters,
                    folder=folder / f"node-{node_id}",
                    heap_megabytes=settings.heap_megabytes,
                    overrides=overrides,
                ),
                runtime,
                cluster_id,
            )
            for node_id in ids
        ]

    @property
    def servers(self) -> str:
        """host:port of every broker, comma-separated, as for `kafka.bootstrap_servers`."""
        return ",".join(node.config.address for node in self.nodes if node.config.port is not None)

    def start(self) -> None:
        """Starts every node and waits until each is ready. Raises as `Node.start` and `Node.wait_ready`."""
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.wait_ready()

    def stop(self, seconds: float = 5.0) -> None:
        """Stops every node. All at once: the last ones of a quorum have no majority left to ask, and are killed."""
        for node in self.nodes:
            node.terminate()
        deadline = time.monotonic() + seconds
        for node in self.nodes:
            node.wait(max(0.0, deadline - time.monotonic()))
            node.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
