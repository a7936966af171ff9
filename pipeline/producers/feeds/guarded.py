"""Connections to public addresses alone, whatever a name or a redirect says.

A feed's address comes from a person, its redirects from anybody, and a name may resolve to something else at each look
(DNS rebinding). So the name is resolved here, and the connection goes to the very address that was checked.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, TypeAlias

import httpcore

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """The name leads to no address that may be connected to. The message is for people."""


def allowed(address: Address, networks: Iterable[Network] = ()) -> bool:
    """Whether `address` is one of the public internet, or in one of `networks`.

    What is written as an IPv4 address inside an IPv6 one reaches that IPv4 address, and counts as it.
    """
    reached = _inside(address)
    return any(reached in network for network in networks) or (reached.is_global and not reached.is_multicast)


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it is such a one; else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to what is `allowed`, until `deadline` (monotonic seconds)."""

    def __init__(self, networks: Sequence[Network], deadline: float) -> None:
        self._networks = networks
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to one of the addresses of `host`, all of which are looked at first.

        Raises AddressRefused, httpcore.ConnectError, httpcore.ConnectTimeout.
        """
        found = _resolved(host, port)
        good = [address for address in found if allowed(address, self._networks)]
        if not good:
            raise AddressRefused(
                f"{host} is at {', '.join(map(str, found[:3]))}, which is no public address: feeds.allowed_networks "
                "says from where else feeds may be fetched"
            )
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in good:
            try:
                stream = self._plain.connect_tcp(str(address), port, self._left(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _Stream(stream, self._left)
        assert failure is not None
        raise failure

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("it takes too long")
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    """Every step within the deadline: a server that sends a byte now and then must not hold us."""

    def __init__(self, stream: httpcore.NetworkStream, left: Any) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _resolved(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: {error}") from None
    # A scope ("%eth0") is only on link-local addresses, which are refused.
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
