"""Stanford CoreNLP with its annotator of quotations, as a server of its own: to be compared with, never shipped.

It is brought from Maven Central once, with its English models (some 470 MB), into the user's cache. CoreNLP is under
the GPL; nothing of it is linked or passed on.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import orjson
from platformdirs import user_cache_path

from pipeline.errors import MissingProgram
from pipeline.wire.broker import free_port
from pipeline.wire.broker.programs import find_java, find_maven
from pipeline.wire.broker.runtime import with_parent

VERSION = "4.5.10"
_SECONDS = 900  # to bring it over a slow line
_PATIENCE = 300.0  # seconds for its models to load, or for one article
_HEAP = "-Xmx6g"
_WORK = {
    "annotators": "tokenize,ssplit,pos,lemma,ner,depparse,coref,quote",
    # The quicker of its two resolvers of pronouns that can name speakers.
    "coref.algorithm": "statistical",
    "outputFormat": "json",
    "threads": "1",
}

_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>claimwire</groupId><artifactId>corenlp</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>edu.stanford.nlp</groupId><artifactId>stanford-corenlp</artifactId>
      <version>{0}</version></dependency>
    <dependency><groupId>edu.stanford.nlp</groupId><artifactId>stanford-corenlp</artifactId>
      <version>{0}</version><classifier>models</classifier></dependency>
  </dependencies>
</project>
"""


class Unavailable(Exception):
    """It cannot be had here; the message says why."""


def jars() -> Path:
    """The folder with its jars and models, brought where it is missing. Raises Unavailable."""
    folder = user_cache_path("claimwire") / "corenlp" / VERSION
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="incoming-") as temporary:
        Path(temporary, "pom.xml").write_text(_POM.format(VERSION))
        got = Path(temporary, "jars")
        try:
            command = [str(find_maven()), "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"]
            subprocess.run(
                [*command, f"-DoutputDirectory={got}"], cwd=temporary, check=True, capture_output=True, timeout=_SECONDS
            )
        except (MissingProgram, subprocess.SubprocessError) as error:
            raise Unavailable(f"Maven did not bring it: {error}") from None
        shutil.move(got, folder)
    return folder


@contextmanager
def serving() -> Iterator[Callable[[str], int]]:
    """Within: a function that has a text annotated, and says how many quotations there were. Raises Unavailable."""
    folder = jars()
    try:
        java = find_java()
    except MissingProgram as error:
        raise Unavailable(str(error)) from None
    port, work = free_port(), orjson.dumps(_WORK).decode()
    command = [str(java.path), _HEAP, "-XX:+UseSerialGC", "-cp", f"{folder}/*"]
    command += ["edu.stanford.nlp.pipeline.StanfordCoreNLPServer", "-port", str(port), "-threads", "1"]
    command += ["-timeout", str(int(_PATIENCE * 1000)), "-quiet", "true"]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(with_parent(command), stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE, trust_env=False) as client:
            _wait(client, process)

            def annotate(text: str) -> int:
                answer = client.post("/", params={"properties": work}, content=quote(text).encode())
                answer.raise_for_status()
                return len(answer.json().get("quotes", ()))

            annotate("Anna Smith said: “The bridge will open on Monday.”")  # loads the models
            yield annotate
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            process.wait()


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Unavailable(f"its server ended with {process.returncode}")
        try:
            if client.get("/live").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise Unavailable(f"its server was not there after {_PATIENCE:.0f} s")
