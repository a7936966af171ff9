"""Posts from many connections while the broker is killed: every acknowledged article must be in the topic once.

`python -m tests.producers.gateway.storm` runs 10,000 posts from 32 connections with two kills and prints what came of
it; the test runs a smaller one.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from pipeline.settings import BrokerSettings, GatewaySettings, KafkaSettings, Settings
from pipeline.wire import admin
from pipeline.wire.broker import LocalBroker, free_port
from tests.kafka import records
from tests.producers.gateway.service import gateway

_BODY = "The harbour master said that no ship would leave before noon. " * 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """`lost`: acknowledged ids that are not in the topic; `doubled`: those that are there more than once.

    `again`: answers other than 202, after which the same article was posted again. `slowest`: seconds of the longest
    post.
    """

    acknowledged: int
    again: Counter[int]
    lost: list[str]
    doubled: list[str]
    kills: int
    seconds: float
    slowest: float


def storm(settings: Settings, broker: LocalBroker, *, posts: int, connections: int, kills: int) -> Outcome:
    """Runs it on a gateway process of its own."""
    with gateway(settings) as service:
        service.wait_ready()
        began = time.monotonic()
        run = _Storm(service.url, posts)
        with ThreadPoolExecutor(1) as executor:
            posting = executor.submit(asyncio.run, run.go(connections))
            # In this thread: the broker ends with the one that started it.
            killed = _kill(broker, run, [posts * (number + 1) // (kills + 1) for number in range(kills)], posting)
            posting.result()
        seconds = time.monotonic() - began
        assert service.stop() == 0, service.log.read_text()
    stored = Counter(record.key.decode() for record in records(settings, "articles.raw"))
    return Outcome(
        len(run.acknowledged),
        run.again,
        [article for article in run.acknowledged if not stored[article]],
        [article for article in run.acknowledged if stored[article] > 1],
        killed,
        seconds,
        run.slowest,
    )


class _Storm:
    def __init__(self, url: str, posts: int) -> None:
        self._url = f"{url}/articles"
        self._left: Iterator[int] = iter(range(posts))
        self.acknowledged: list[str] = []
        self.again: Counter[int] = Counter()
        self.slowest = 0.0

    async def go(self, connections: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(connections):
                tasks.create_task(self._post())

    async def _post(self) -> None:
        async with httpx.AsyncClient(timeout=120) as client:
            for number in self._left:
                article = f"storm-{number}"
                began = time.monotonic()
                while True:
                    answer = await client.post(self._url, json={"id": article, "body": f"Ship {number}. {_BODY}"})
                    if answer.status_code == 202:
                        break
                    self.again[answer.status_code] += 1
                    await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
                assert answer.json()["accepted"] == [article]
                self.acknowledged.append(article)
                self.slowest = max(self.slowest, time.monotonic() - began)


def _kill(broker: LocalBroker, run: _Storm, counts: list[int], posting: "Future[None]") -> int:
    """Kills the broker whenever so many are acknowledged, and starts it again; how often."""
    killed = 0
    for count in counts:
        while len(run.acknowledged) < count and not posting.done():
            time.sleep(0.01)
        if posting.done():
            break
        broker.node.kill()
        broker.node.start()
        broker.node.wait_ready()
        killed += 1
    return killed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--kills", type=int, default=2)
    args = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="claimwire-") as folder,
        LocalBroker(BrokerSettings(port=free_port()), Path(folder, "broker")) as broker,
    ):
        settings = Settings(
            state_dir=Path(folder, "state"),
            kafka=KafkaSettings(bootstrap_servers=broker.servers),
            gateway=GatewaySettings(port=free_port()),
        )
        admin.apply(settings)
        found = storm(settings, broker, posts=args.posts, connections=args.connections, kills=args.kills)
    print(
        f"{found.acknowledged} articles acknowledged in {found.seconds:.1f} s on {args.connections} connections, "
        f"{found.kills} kills of the broker; lost {len(found.lost)}, doubled {len(found.doubled)}; posted again after "
        f"{dict(found.again) or 'nothing'}; slowest {found.slowest:.1f} s"
    )
    sys.exit(bool(found.lost or found.doubled))


if __name__ == "__main__":
    main()
