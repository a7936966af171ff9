"""Sends the articles of a run, and more while there is too little to do."""

from typing import Any

from kafka import KafkaProducer

from tests.faults.articles import Sent, articles

_SECONDS = 120.0  # a broker may be away for half a minute


class Feed:
    """`topic`: the full name of `articles.raw`. `sent`: all of it, in its order."""

    def __init__(self, servers: str, topic: str, seed: int) -> None:
        self.sent: list[Sent] = []
        self.articles = 0
        self._topic = topic
        self._seed = seed
        self._pending: list[Any] = []
        self._producer = KafkaProducer(
            bootstrap_servers=servers.split(","),
            acks="all",
            enable_idempotence=True,
            linger_ms=20,
            delivery_timeout_ms=round(1000 * _SECONDS),
        )

    def more(self, count: int) -> None:
        """Sends so many articles more; returns at once."""
        made = articles(count, self._seed, self.articles)
        self.articles += count
        self.sent += made
        self._pending += [self._producer.send(self._topic, value=one.value, key=one.key) for one in made]

    def settle(self) -> None:
        """Returns when the brokers have everything. Raises KafkaError where they would not take it."""
        for future in self._pending:
            future.get(_SECONDS + 10)
        self._pending.clear()

    def close(self) -> None:
        """Ends its connections."""
        self._producer.close(5)
