import socket
from collections.abc import Iterator

import pytest

from pipeline.wire.broker.config import HOST
from pipeline.wire.broker.ports import free_port
from tests.faults.proxy import Cable, Proxy


@pytest.fixture
def far() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(10)
        yield server


@pytest.fixture
def cable(far: socket.socket) -> Iterator[Cable]:
    with Proxy() as proxy:
        yield proxy.cable(free_port(), far.getsockname()[1])


def _connected(cable: Cable, far: socket.socket) -> tuple[socket.socket, socket.socket]:
    near = socket.create_connection((HOST, cable.port), timeout=10)
    end, _ = far.accept()
    end.settimeout(10)
    return near, end


def _silent(end: socket.socket) -> bool:
    end.settimeout(0.3)
    try:
        end.recv(1)
    except TimeoutError:
        return True
    finally:
        end.settimeout(10)
    return False


def test_bytes_pass_both_ways(cable: Cable, far: socket.socket) -> None:
    near, end = _connected(cable, far)
    with near, end:
        near.sendall(b"there")
        assert end.recv(5, socket.MSG_WAITALL) == b"there"
        end.sendall(b"back!")
        assert near.recv(5, socket.MSG_WAITALL) == b"back!"
        near.shutdown(socket.SHUT_WR)
        assert end.recv(1) == b""


def test_nothing_passes_a_cut_cable_and_all_of_it_when_mended(cable: Cable, far: socket.socket) -> None:
    near, end = _connected(cable, far)
    with near, end:
        near.sendall(b"a")
        assert end.recv(1) == b"a"
        cable.cut()
        near.sendall(b"b")
        end.sendall(b"c")
        assert _silent(end)
        assert _silent(near)
        cable.mend()
        assert end.recv(1) == b"b"
        assert near.recv(1) == b"c"


def test_a_cut_cable_keeps_connections_and_their_ends_a_secret(cable: Cable, far: socket.socket) -> None:
    near, end = _connected(cable, far)
    with near, end:
        cable.cut()
        end.close()
        assert _silent(near)
        with socket.create_connection((HOST, cable.port), timeout=10) as other:
            other.sendall(b"x")
            assert _silent(other)
        cable.mend()
        assert near.recv(1) == b""
        reached, _ = far.accept()
        with reached:
            reached.settimeout(10)
            assert reached.recv(1) == b"x"
