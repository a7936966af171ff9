"""Apache Kafka's jars, brought by Maven once and kept in the user's cache."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

from pipeline.errors import BrokerFailed
from pipeline.wire.broker.programs import find_maven

LOG4J = "2.25.4"

_SECONDS = 600  # for 43 MB over a slow line
_COMPLETE = "complete"  # written last: a folder without it was left half-filled by an older kind of copy

_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>claimwire</groupId>
  <artifactId>broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>{dependencies}</dependencies>
</project>
"""
_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"


def resolve(version: str, say: Callable[[str], None] = lambda line: None) -> Path:
    """The folder with the jars of this version of Kafka; brings them where they are missing (43 MB).

    Raises MissingProgram without Maven, BrokerFailed where Maven cannot bring them.
    """
    folder = user_cache_path("claimwire") / "kafka" / f"{version}-log4j-{LOG4J}"
    if (folder / _COMPLETE).exists():
        return folder
    maven = find_maven()
    say(f"bringing Apache Kafka {version} (43 MB, once)")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="incoming-") as temporary:
        jars = Path(temporary, "jars")
        _copy(maven, version, Path(temporary), jars)
        (jars / _COMPLETE).touch()
        try:
            jars.rename(folder)
        except OSError:
            # Another process was faster, and its copy is as good; or a broken one is in the way.
            if not (folder / _COMPLETE).exists():
                shutil.rmtree(folder, ignore_errors=True)
                jars.rename(folder)
    return folder


def class_path(folder: Path) -> str:
    """Every jar of `folder`, in an order that never changes: an archive of classes fits only the same class path."""
    return ":".join(str(jar) for jar in sorted(folder.glob("*.jar")))


def _copy(maven: Path, version: str, project: Path, jars: Path) -> None:
    log4j = [
        ("org.apache.logging.log4j", artifact, LOG4J) for artifact in ("log4j-api", "log4j-core", "log4j-slf4j-impl")
    ]
    dependencies = [("org.apache.kafka", "kafka_2.13", version), *log4j]
    (project / "pom.xml").write_text(_POM.format(dependencies="".join(_DEPENDENCY.format(*d) for d in dependencies)))
    command = [
        str(maven),
        "--quiet",
        "--batch-mode",
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={jars}",
    ]
    try:
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BrokerFailed(f"Maven did not bring Apache Kafka {version} within {_SECONDS} s") from None
    if done.returncode or not list(jars.glob("kafka_2.13-*.jar")):
        errors = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line and line.strip()]
        reason = errors[0] if errors else f"exit status {done.returncode}"
        raise BrokerFailed(f"Maven could not bring Apache Kafka {version}: {reason}")
