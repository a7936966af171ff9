from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from pipeline.settings import BrokerSettings
from pipeline.wire.broker import Cluster

pytestmark = [pytest.mark.broker, pytest.mark.slow]


def leader(servers: str, topic: str) -> int:
    with KafkaAdminClient(bootstrap_servers=servers.split(",")) as admin:
        (found,) = admin.describe_topics([topic])
        leader: int = found["partitions"][0]["leader_id"]
        return leader


def test_three_brokers_go_on_when_a_leader_dies(tmp_path: Path) -> None:
    with Cluster(BrokerSettings(), tmp_path) as cluster:
        with KafkaAdminClient(bootstrap_servers=cluster.servers.split(",")) as admin:
            topic = {"num_partitions": 1, "replication_factor": 3, "configs": {"min.insync.replicas": "2"}}
            admin.create_topics({"t": topic}, wait_for_metadata=True)
        producer = KafkaProducer(bootstrap_servers=cluster.servers.split(","))
        producer.send("t", b"before", partition=0).get(30)
        dead = cluster.nodes[leader(cluster.servers, "t") - 1]
        dead.kill()
        assert producer.send("t", b"after", partition=0).get(60).offset == 1
        producer.close()
        dead.start()
        dead.wait_ready()
        assert [node.running for node in cluster.nodes] == [True, True, True]


def test_a_controller_may_be_a_node_of_its_own(tmp_path: Path) -> None:
    with Cluster(BrokerSettings(), tmp_path, brokers=1, controllers=1) as cluster:
        broker, controller = cluster.nodes
        assert controller.config.port is None
        assert cluster.servers == broker.config.address
        with KafkaAdminClient(bootstrap_servers=cluster.servers) as admin:
            assert [b["broker_id"] for b in admin.describe_cluster()["brokers"]] == [1]
