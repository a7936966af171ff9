"""The broker of one machine: a single node that keeps its data in a folder between starts."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import PortInUse
from pipeline.settings import BrokerSettings
from pipeline.wire.broker.archive import ArchiveBuilder
from pipeline.wire.broker.config import HOST, NodeConfig, Voter
from pipeline.wire.broker.node import Node
from pipeline.wire.broker.ports import bindable, free_port
from pipeline.wire.broker.runtime import Runtime
from pipeline.wire.broker.storage import new_cluster_id

_NODE_ID = 1


class LocalBroker:
    """Broker and controller in one process. As a context manager it is ready within, and stopped after.

    `folder`: all that it keeps. `say` is told in words what takes long.
    """

    def __init__(
        self, settings: BrokerSettings, folder: Path, *, say: Callable[[str], None] = lambda line: None
    ) -> None:
        self.settings = settings
        self.folder = folder
        self._say = say
        self._node: Node | None = None
        self._archive: ArchiveBuilder | None = None

    @property
    def servers(self) -> str:
        """host:port, as for `kafka.bootstrap_servers`."""
        return f"{HOST}:{self.settings.port}"

    @property
    def node(self) -> Node:
        """The node, once started: for tests that kill or freeze it."""
        if self._node is None:
            raise RuntimeError("the broker has not been started")
        return self._node

    def start(self) -> None:
        """Starts the process and returns at once; `wait_ready` waits.

        Raises MissingProgram, PortInUse, BrokerBusy, BrokerDataMismatch, BrokerFailed.
        """
        runtime = Runtime.of(self.settings.version, self._say)
        config = self.configured(
            NodeConfig(
                node_id=_NODE_ID,
                port=self.settings.port,
                # Another one at each start does no harm: the id is what the data remember.
                voters=(Voter(_NODE_ID, free_port(HOST)),),
                folder=self.folder,
                heap_megabytes=self.settings.heap_megabytes,
            )
        )
        node = Node(config, runtime, new_cluster_id())
        archive = ArchiveBuilder(runtime, self.folder)
        self._say("starting the broker")
        node.start(archive.flags, before=self._check_port)
        self._node, self._archive = node, archive

    def configured(self, config: NodeConfig) -> NodeConfig:
        """The node's configuration: for subclasses that listen in other ways."""
        return config

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Returns when clients are answered. Raises BrokerFailed."""
        self.node.wait_ready(seconds)
        if self._archive is not None:
            self._archive.begin()

    def serve(self) -> None:
        """Returns only by an exception: KeyboardInterrupt, or BrokerFailed where the broker has ended by itself."""
        self.node.wait()
        raise self.node.ended()

    def stop(self) -> None:
        """A controlled shutdown; does nothing when it is not running."""
        try:
            if self._archive is not None:
                self._archive.end()
        finally:
            if self._node is not None:
                self._node.stop()

    def _check_port(self) -> None:
        if not bindable(HOST, self.settings.port):
            raise PortInUse(self.settings.port)

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
