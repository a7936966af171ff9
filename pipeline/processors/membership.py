"""The members of a consumer group that run on this machine, and the dead among them.

A process that was killed stays a member until its session runs out, and its partitions wait that long. The next
worker that starts on the same machine can know better: there is no such process any more.
"""

import logging
import os
import socket
import time
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import MemberToRemove
from kafka.errors import CoordinatorNotAvailableError

from pipeline.settings import Settings
from pipeline.wire import admin

log = logging.getLogger(__name__)

_TRIES = 20
_PAUSE_SECONDS = 0.5


def client_id(name: str) -> str:
    """The Kafka client id of this process: `name`, and where it runs."""
    return f"{_place(name)}{os.getpid()}"


def bury_dead(settings: Settings, group: str, name: str) -> None:
    """Takes members out of `group` whose process, of this machine, is gone. Raises what the admin client raises.

    Waits a while for a group coordinator: a young broker has none before the first group.
    """
    with admin.admin(settings) as client:
        members = _described(client, group)["members"]
        dead = [member["member_id"] for member in members if _dead(member["client_id"], name)]
        if dead:
            log.info("%d dead members of group %s: taken out", len(dead), group)
            client.remove_group_members(group, [MemberToRemove(member_id=member) for member in dead])


def _described(client: KafkaAdminClient, group: str) -> dict[str, Any]:
    for _ in range(_TRIES):
        try:
            found: dict[str, Any] = client.describe_groups([group])[group]
            return found
        except CoordinatorNotAvailableError:
            time.sleep(_PAUSE_SECONDS)
    raise CoordinatorNotAvailableError


def _dead(client: str, name: str) -> bool:
    place = _place(name)
    process = client.removeprefix(place)
    if "?" in place or not client.startswith(place) or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def _place(name: str) -> str:
    # Process ids mean nothing in another container, even one that shares the machine's name.
    try:
        namespace = (
            f"{Path('/proc/sys/kernel/random/boot_id').read_text()[:8]}-{Path('/proc/self/ns/pid').stat().st_ino}"
        )
    except OSError:
        namespace = "?"
    return f"{name}-{socket.gethostname()}-{namespace}-"
