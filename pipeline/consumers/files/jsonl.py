"""Files of JSON lines."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.consumers.lines import line
from pipeline.topics import Topic
from pipeline.wire.received import Received


class JsonLinesWriter:
    """A record a line, as `claimwire subscribe` prints it; what is no JSON at all is left out."""

    suffix = ".jsonl"

    def write(self, topic: Topic, records: Sequence[Received], path: Path) -> None:
        """Writes the file."""
        with path.open("wb") as file:
            for record in records:
                written = line(record)
                if written is not None:
                    file.write(written + b"\n")
