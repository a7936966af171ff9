"""One Kafka process of a local cluster: started, waited for, stopped, killed, frozen."""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

from pipeline.errors import BrokerFailed
from pipeline.wire.broker.config import HOST, NodeConfig
from pipeline.wire.broker.ports import listening
from pipeline.wire.broker.runtime import Runtime, with_parent
from pipeline.wire.broker.storage import FolderLock, Stamp, check_readable, read_stamp, write_stamp

_POLL_SECONDS = 0.05
_THROWN = re.compile(r"(?:[\w$]+\.)+(?P<name>[\w$]*(?:Exception|Error)): (?P<message>.+)")


class Node:
    """A node and its folder. Not safe for several threads; start it from one that lives as long as the node.

    The life of a node: `start`, `wait_ready`, then `stop` or `kill`, then `start` again on the same data.
    """

    def __init__(self, config: NodeConfig, runtime: Runtime, cluster_id: str) -> None:
        """`cluster_id`: of a new cluster; a node with data stays in the one that it belongs to."""
        self.config = config
        self.runtime = runtime
        self.cluster_id = cluster_id
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: FolderLock | None = None

    @property
    def pid(self) -> int | None:
        """The id of its process while there is one."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether its process exists; a frozen one does."""
        return self._process is not None and self._process.poll() is None

    def start(self, flags: tuple[str, ...] = (), before: Callable[[], None] = lambda: None) -> None:
        """Starts the process, on formatted storage. `flags`: more of Java's. `before` is called with the folder held.

        Raises BrokerBusy, BrokerDataMismatch, BrokerFailed, and what `before` raises.
        """
        self._lock = FolderLock(self.config.folder)
        try:
            before()
            properties = self._written("server.properties", self.config.properties())
            self._format(properties)
            logging = self._written(
                "log4j2.properties", files("pipeline.wire.broker").joinpath("log4j2.properties").read_text("utf-8")
            )
            command = self.runtime.command(
                "kafka.Kafka",
                str(properties),
                flags=(
                    "-Xms64m",
                    f"-Xmx{self.config.heap_megabytes}m",
                    f"-Dlog4j2.configurationFile={logging.as_uri()}",
                    f"-Dclaimwire.log={self.config.log}",
                    *flags,
                ),
            )
            with self._console.open("wb") as console:
                # A session of its own: Ctrl-C in a terminal reaches the command alone, which stops its clients first.
                self._process = subprocess.Popen(
                    with_parent(command),
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(self._lock.descriptor,),
                )
            self._lock.note(self._process.pid)
        except BaseException:
            self._let_go()
            raise

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Returns when the node answers a request for metadata as a member of its cluster. Raises BrokerFailed."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.running:
                raise self._failed("it ended while starting")
            if self.config.port is None or (listening(HOST, self.config.port) and self._answers()):
                return
            time.sleep(_POLL_SECONDS)
        raise self._failed(f"not ready after {seconds:g} s")

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until the process has ended by itself; False where it still runs after `seconds`."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, seconds: float = 20.0) -> None:
        """A controlled shutdown; after `seconds`, or on a second Ctrl-C, a kill. Does nothing to one that has ended."""
        try:
            if self.running:
                self.terminate()
                self.wait(seconds)
        finally:
            self.kill()

    def terminate(self) -> None:
        """Asks for a controlled shutdown and does not wait for it."""
        if self._process is not None:
            self._process.terminate()
            # A frozen one hears it when it goes on.
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL: what is not yet on disk is lost, as in a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._let_go()

    def pause(self) -> None:
        """Freezes it: its connections stay open and answer nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Ends a pause."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def ended(self) -> BrokerFailed:
        """The error that tells of an end nobody asked for."""
        return self._failed("it ended by itself")

    @property
    def _console(self) -> Path:
        return self.config.folder / "console.log"

    def _written(self, name: str, text: str) -> Path:
        path = self.config.folder / name
        path.write_text(text, "utf-8")
        return path

    def _format(self, properties: Path) -> None:
        stamp = read_stamp(self.config.folder)
        if stamp is not None:
            check_readable(self.config.folder, stamp, self.runtime.version)
            self.cluster_id = stamp.cluster_id
        else:
            arguments = ("format", "--ignore-formatted", "--cluster-id", self.cluster_id, "--config", str(properties))
            done = self.runtime.run("kafka.tools.StorageTool", *arguments)
            if done.returncode:
                reason = _reason((done.stdout + done.stderr).splitlines())
                raise BrokerFailed(f"its storage could not be formatted: {reason}")
        write_stamp(self.config.folder, Stamp(self.runtime.version, self.cluster_id))

    def _answers(self) -> bool:
        # Half a second to import: Java is starting meanwhile.
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        try:
            with KafkaAdminClient(bootstrap_servers=self.config.address, bootstrap_timeout_ms=1000) as client:
                known = client.describe_cluster()["brokers"]
        except KafkaError:
            return False
        return any(broker["broker_id"] == self.config.node_id for broker in known)

    def _failed(self, what: str) -> BrokerFailed:
        reason = _reason([line for path in (self.config.log, self._console) for line in _tail(path)])
        return BrokerFailed(f"{what}: {reason}" if reason else what, self.config.log)

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _tail(path: Path, size: int = 65536) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            yield from file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return


def _reason(lines: list[str]) -> str:
    """What a log says went wrong: the last exception with a message, else the last error."""
    thrown = [match for line in lines if (match := _THROWN.search(line))]
    if thrown:
        return f"{thrown[-1]['name']}: {thrown[-1]['message']}"
    errors = [line for line in lines if " ERROR " in line or " FATAL " in line]
    return (errors or lines or [""])[-1].strip()
