"""A real Apache Kafka for one machine: from Maven's jars to a broker that answers."""

from pipeline.wire.broker.cluster import Cluster
from pipeline.wire.broker.local import LocalBroker
from pipeline.wire.broker.node import Node
from pipeline.wire.broker.ports import free_port

__all__ = ["Cluster", "LocalBroker", "Node", "free_port"]
