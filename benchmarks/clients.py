"""HTTP clients that cost little: they share the machine with the server that they measure."""

import selectors
import socket
import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Answers:
    """`seconds`: of each answer; `wall`: from the first question to the last answer; `cpu`: seconds of asking."""

    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0
    cpu: float = 0.0


class _Client:
    """One connection, on which one question is open at a time."""

    def __init__(self, host: str, port: int, question: bytes) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._question = question
        self._left = -1  # bytes of the body, once its length is known
        self._head = b""
        self._began = 0.0

    def ask(self) -> None:
        self._left, self._head, self._began = -1, b"", time.perf_counter()
        self.socket.sendall(self._question)

    def receive(self) -> float | None:
        """Seconds of the answer, once it is whole. Raises RuntimeError for any that is not 200."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise RuntimeError("the server closed the connection")
        if self._left < 0:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return None
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.split(b"\r\n")[0].decode("latin-1"))
            self._left = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]) - len(body)
        else:
            self._left -= len(data)
        return time.perf_counter() - self._began if self._left == 0 else None


def ask(host: str, address: str, clients: int, seconds: float) -> Answers:
    """That many clients ask for `address` at `host` (with its port), each anew as soon as it has its answer."""
    name, _, port = host.rpartition(":")
    question = f"GET {address} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    found, spent, began = Answers(), time.process_time(), time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for _ in range(clients):
            client = _Client(name, int(port), question)
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.ask()
        while selector.get_map():
            for key, _ in selector.select():
                taken = key.data.receive()
                if taken is None:
                    continue
                found.seconds.append(taken)
                if time.perf_counter() - began < seconds:
                    key.data.ask()
                else:
                    selector.unregister(key.fileobj)
                    key.data.socket.close()
    found.wall, found.cpu = time.perf_counter() - began, time.process_time() - spent
    return found
