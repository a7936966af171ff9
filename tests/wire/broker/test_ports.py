import socket

from pipeline.wire.broker.ports import bindable, free_port, free_ports, listening


def test_free_ports_are_different_and_can_be_bound() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(bindable("127.0.0.1", port) for port in ports)


def test_a_port_with_a_server_is_seen() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        port = server.getsockname()[1]
        assert not bindable("127.0.0.1", port)
        assert listening("127.0.0.1", port)
    assert not listening("127.0.0.1", port)
