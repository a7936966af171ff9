import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from pipeline.errors import BrokerBusy, BrokerDataMismatch, BrokerFailed, PortInUse
from pipeline.settings import BrokerSettings
from pipeline.wire.broker import LocalBroker, free_port
from pipeline.wire.broker.archive import ArchiveBuilder
from pipeline.wire.broker.config import NodeConfig, Voter
from pipeline.wire.broker.node import Node
from pipeline.wire.broker.runtime import Runtime
from pipeline.wire.broker.storage import FolderLock, Stamp, new_cluster_id, write_stamp

pytestmark = pytest.mark.broker

TOPIC = "kept"


@pytest.fixture
def settings() -> BrokerSettings:
    return BrokerSettings(port=free_port())


@contextlib.contextmanager
def ended(*nodes: Node) -> Iterator[None]:
    try:
        yield
    finally:
        for node in nodes:
            node.kill()


def send(servers: str, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=servers)
    producer.send(TOPIC, value, partition=0).get(30)
    producer.close()


def received(servers: str) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=servers, consumer_timeout_ms=20_000)
    partition = TopicPartition(TOPIC, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning()
    count = consumer.end_offsets([partition])[partition]
    values = [next(consumer).value for _ in range(count)]
    consumer.close()
    return values


def make_topic(servers: str) -> None:
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        admin.create_topics({TOPIC: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)


def test_data_outlive_a_stop_and_a_kill(settings: BrokerSettings, tmp_path: Path) -> None:
    with LocalBroker(settings, tmp_path) as broker:
        make_topic(broker.servers)
        send(broker.servers, b"one")
    with LocalBroker(settings, tmp_path) as broker:
        assert received(broker.servers) == [b"one"]
        send(broker.servers, b"two")
        time.sleep(0.5)
        broker.node.kill()
        assert not broker.node.running
    with LocalBroker(settings, tmp_path) as broker:
        assert received(broker.servers) == [b"one", b"two"]


def test_one_broker_for_each_folder_and_each_port(settings: BrokerSettings, tmp_path: Path) -> None:
    with LocalBroker(settings, tmp_path / "one") as broker:
        with pytest.raises(BrokerBusy, match=str(broker.node.pid)):
            LocalBroker(settings, tmp_path / "one").start()
        with pytest.raises(PortInUse, match=str(settings.port)):
            LocalBroker(settings, tmp_path / "two").start()
        broker.node.pause()
        assert broker.node.running
        broker.node.resume()
        broker.wait_ready()
    # The refused ones hold nothing.
    with LocalBroker(settings, tmp_path / "two"):
        pass


def test_data_of_a_newer_kafka_are_left_alone(settings: BrokerSettings, tmp_path: Path) -> None:
    write_stamp(tmp_path, Stamp("99.0.0", new_cluster_id()))
    with pytest.raises(BrokerDataMismatch, match=r"99\.0\.0"):
        LocalBroker(settings, tmp_path).start()
    assert not (tmp_path / "data").exists()


def test_a_broker_that_cannot_start_says_why(settings: BrokerSettings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        voters = (Voter(1, taken.getsockname()[1]),)
        runtime = Runtime.of(settings.version)
        node = Node(NodeConfig(1, settings.port, voters, tmp_path), runtime, new_cluster_id())
        with ended(node):
            node.start()
            with pytest.raises(BrokerFailed, match=r"ended while starting.*(in use|bind)") as caught:
                node.wait_ready()
            assert caught.value.log == tmp_path / "broker.log"


def test_properties_that_make_no_sense_are_refused_with_kafkas_words(settings: BrokerSettings, tmp_path: Path) -> None:
    config = NodeConfig(1, settings.port, (Voter(1, free_port()),), tmp_path, overrides={"num.io.threads": "none"})
    node = Node(config, Runtime.of(settings.version), new_cluster_id())
    with ended(node), pytest.raises(BrokerFailed, match=r"num\.io\.threads"):
        node.start()


def test_a_stopped_broker_is_gone_though_frozen(settings: BrokerSettings, tmp_path: Path) -> None:
    with LocalBroker(settings, tmp_path) as broker:
        pid = broker.node.pid
        assert pid is not None
        broker.node.pause()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(not Path("/usr/bin/setpriv").exists(), reason="the system cannot tie a child to its parent")
def test_no_broker_outlives_a_killed_parent(settings: BrokerSettings, tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from pipeline.settings import BrokerSettings; "
        "from pipeline.wire.broker import LocalBroker; "
        "broker = LocalBroker(BrokerSettings(port=int(sys.argv[1])), Path(sys.argv[2])); "
        "broker.start(); print(broker.node.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(settings.port), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        # Tied to its parent by what starts Java, a moment after it began: before that, nothing tells it.
        while Path(f"/proc/{pid}/comm").read_text() != "java\n":
            time.sleep(0.01)
        parent.send_signal(signal.SIGKILL)
    # The broker holds its folder for as long as it lives.
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(BrokerBusy):
            FolderLock(tmp_path).release()
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the broker is still there")


@pytest.mark.slow
def test_the_archive_of_classes_is_made_once_and_used(
    settings: BrokerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Runtime.of(settings.version)
    # Jars of its own: the archive in the cache stays as it is.
    jars = tmp_path / "jars"
    jars.mkdir()
    for jar in real.jars.glob("*.jar"):
        (jars / jar.name).hardlink_to(jar)
    runtime = Runtime(real.version, real.java, jars)
    node = Node(NodeConfig(1, settings.port, (Voter(1, free_port()),), tmp_path / "broker"), runtime, new_cluster_id())
    builder = ArchiveBuilder(runtime, tmp_path)
    with ended(node):
        node.start(builder.flags)
        node.wait_ready()
        builder.begin()
        builder.end(seconds=120)
        assert runtime.archive.stat().st_size > 10_000_000
        node.stop()
        assert not ArchiveBuilder(runtime, tmp_path).wanted
        # Java ends with an error where it may not go on without the archive.
        node.start(("-Xshare:on",))
        node.wait_ready()
    assert [path.name for path in jars.glob("*.new")] == []


def test_an_unfinished_archive_is_given_up(settings: BrokerSettings, tmp_path: Path) -> None:
    real = Runtime.of(settings.version)
    (tmp_path / "jars").mkdir()
    builder = ArchiveBuilder(Runtime(real.version, real.java, tmp_path / "jars"), tmp_path)
    assert builder.wanted
    builder.classes.write_text("java/lang/Object\nhalf a li")
    builder.begin()
    builder.end()
    assert list((tmp_path / "jars").iterdir()) == []
    assert not builder.classes.exists()
