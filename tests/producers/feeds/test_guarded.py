import socket
import time
from ipaddress import ip_address, ip_network
from typing import Any

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.producers.feeds.guarded import AddressRefused, GuardedBackend, allowed

PRIVATE = """
127.0.0.1 127.8.8.8 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 255.255.255.255
::1 :: fe80::1 fc00::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: 198.18.0.1
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_what_is_no_public_address(address: str) -> None:
    assert not allowed(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_what_is_one(address: str) -> None:
    assert allowed(ip_address(address))


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_a_network_that_is_allowed(address: Any) -> None:
    assert not allowed(address)
    assert allowed(address, [ip_network("10.0.0.0/8")])
    assert allowed(ip_address(f"::ffff:{address}"), [ip_network("10.0.0.0/8")])


def test_the_address_that_is_checked_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a public address at the first look, loopback at the next."""
    looks = iter(["93.184.216.34", "127.0.0.1"])
    connected: list[str] = []

    def resolve(host: str, port: int, **arguments: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(looks), port))]

    def connect(self: object, host: str, port: int, *arguments: Any) -> None:
        connected.append(host)
        raise httpcore.ConnectError("not here")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    backend = GuardedBackend((), time.monotonic() + 5)
    with pytest.raises(httpcore.ConnectError):
        backend.connect_tcp("rebinding.example", 80)
    assert connected == ["93.184.216.34"]
    with pytest.raises(AddressRefused, match="127"):
        backend.connect_tcp("rebinding.example", 80)
    assert connected == ["93.184.216.34"]
