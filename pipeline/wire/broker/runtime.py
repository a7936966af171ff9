"""Java with Kafka's jars on its class path: what every process of a local cluster is started with."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.wire.broker.jars import class_path, resolve
from pipeline.wire.broker.programs import Java, find_java

# A broker for one machine starts more often than it runs hot: the quick compiler alone, and the collector that needs
# no threads. Together they take a third off the start.
_FLAGS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true")


@dataclass(frozen=True, slots=True)
class Runtime:
    """Finds nothing by itself: `Runtime.of` does. `version`: of Kafka; `jars`: the folder of its jars."""

    version: str
    java: Java
    jars: Path

    @classmethod
    def of(cls, version: str, say: Callable[[str], None] = lambda line: None) -> "Runtime":
        """Java of this machine and Kafka's jars, which are brought where missing.

        Raises MissingProgram or BrokerFailed.
        """
        java = find_java()
        return cls(version, java, resolve(version, say))

    @property
    def archive(self) -> Path:
        """The archive of loaded classes, made for this Java and these jars; need not exist."""
        return self.jars / f"classes-java-{self.java.version}.jsa"

    def command(self, main: str, *arguments: str, flags: tuple[str, ...] = ()) -> list[str]:
        """The command line that runs a class of Kafka."""
        # A missing or a foreign archive is passed over by Java without a word.
        shared = (f"-XX:SharedArchiveFile={self.archive}",) if self.archive.exists() else ()
        java = [str(self.java.path), *_FLAGS, *shared, *flags]
        return [*java, "-cp", class_path(self.jars), main, *arguments]

    def run(self, main: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a class of Kafka to its end."""
        command = self.command(main, *arguments, flags=("-Xmx128m",))
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def with_parent(command: list[str]) -> list[str]:
    """The command, killed with the thread that starts it where the system can do that: no broker outlives a kill.

    Killed, since a broker that is only told to end while it starts may take a minute over it; it recovers its logs.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *command] if setpriv else command
