"""A broker's folder on disk: locked for one process, formatted once, stamped with the version that wrote it."""

import base64
import fcntl
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import orjson

from pipeline.errors import BrokerBusy, BrokerDataMismatch

_STAMP = "written-by.json"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What wrote the data: Kafka's version and the id of the cluster."""

    version: str
    cluster_id: str


class FolderLock:
    """Holds a folder for this process and the broker that it starts.

    The lock belongs to the open file, which the broker inherits: it stays held should this process be killed and the
    broker live on.
    """

    def __init__(self, folder: Path) -> None:
        """Raises BrokerBusy."""
        folder.mkdir(parents=True, exist_ok=True)
        self.descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self.descriptor, 20).decode("ascii", "replace").strip()
            os.close(self.descriptor)
            raise BrokerBusy(folder, int(holder) if holder.isdigit() else None) from None
        self.note(os.getpid())

    def note(self, process: int) -> None:
        """Writes down which process to name to whoever comes next."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{process}\n".encode(), 0)

    def release(self) -> None:
        """Lets the folder go; once is enough."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def read_stamp(folder: Path) -> Stamp | None:
    """What wrote the data in `folder`; None where nothing did, or where formatting was cut short."""
    try:
        return Stamp(**orjson.loads((folder / _STAMP).read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def write_stamp(folder: Path, stamp: Stamp) -> None:
    """Notes it, all or nothing."""
    new = folder / f"{_STAMP}.new"
    new.write_bytes(orjson.dumps(stamp))
    new.replace(folder / _STAMP)


def check_readable(folder: Path, stamp: Stamp, version: str) -> None:
    """Raises BrokerDataMismatch where `version` is older than what wrote the data: Kafka reads upwards only."""
    if _numbers(stamp.version) > _numbers(version):
        raise BrokerDataMismatch(folder, stamp.version, version)


def new_cluster_id() -> str:
    """A random id in Kafka's form: 16 bytes in base64, which must not look like an option of its tools."""
    while True:
        written = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not written.startswith("-"):
            return written


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())
