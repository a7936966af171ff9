"""A TCP proxy that can drop everything, as a cut cable does: nobody is told, connections stay, nothing passes.

What is on its way when the cable is cut arrives after it is mended, as TCP would send it again.
"""

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from pipeline.wire.broker.config import HOST

_CHUNK = 64 * 1024


class Cable:
    """From `port`, where it listens, to `target`, another port of this machine."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: int, target: int) -> None:
        self.port = port
        self.target = target
        self.server: asyncio.Server | None = None
        self._loop = loop
        self._whole = asyncio.Event()
        self._whole.set()
        self._pumps: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Nothing passes from now on, in either direction."""
        self._loop.call_soon_threadsafe(self._whole.clear)

    def mend(self) -> None:
        """All passes again."""
        self._loop.call_soon_threadsafe(self._whole.set)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._pumps.add(task)
        try:
            await self._whole.wait()
            try:
                far_reader, far_writer = await asyncio.open_connection(HOST, self.target)
            except OSError:
                return
            try:
                await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
            finally:
                far_writer.close()
        finally:
            writer.close()
            self._pumps.discard(task)

    async def close(self) -> None:
        """Stops listening, and ends every connection."""
        if self.server is not None:
            self.server.close()
        for pump in list(self._pumps):
            pump.cancel()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        # The end of a connection is news too.
        await self._whole.wait()
        with suppress(OSError):
            if writer.can_write_eof():
                writer.write_eof()


class Proxy:
    """Cables, all served by one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._cables: list[Cable] = []

    def cable(self, port: int, target: int) -> Cable:
        """A new one, which listens already. `target` need not listen yet."""

        async def listen() -> Cable:
            cable = Cable(self._loop, port, target)
            cable.server = await asyncio.start_server(cable.connect, HOST, port)
            return cable

        made = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(10)
        self._cables.append(made)
        return made

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async def close() -> None:
            for cable in self._cables:
                await cable.close()
            await asyncio.sleep(0)  # the cancelled pumps end

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
