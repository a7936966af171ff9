"""Free TCP ports of this machine."""

import random
import socket

# Below the range from which the system takes the ports of outgoing connections: a port that is free now must not be
# one of those a moment later.
_RANGE = range(20_000, 32_000)


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens."""
    return free_ports(1, host)[0]


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """`count` different ports on which nobody listens."""
    free: list[int] = []
    for port in random.sample(_RANGE, len(_RANGE)):
        if len(free) == count:
            break
        if bindable(host, port):
            free.append(port)
    if len(free) < count:
        raise OSError(f"{host} has no {count} free ports")
    return free


def bindable(host: str, port: int) -> bool:
    """Whether a server could listen here now."""
    with socket.socket() as probe:
        # As Kafka does: connections of an earlier broker that are still winding down do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def listening(host: str, port: int) -> bool:
    """Whether a server accepts connections here."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
