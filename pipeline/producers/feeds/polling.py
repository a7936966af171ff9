"""Polls the feeds that are due, and sends what is new or changed in them.

A feed's state is noted after the cluster has acknowledged its articles: a crash in between sends them once more, under
the same ids.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from pipeline import metrics
from pipeline.errors import ArticleTooLarge, BrokerUnavailable, ClusterRefused, DeliveryFailed, TopicMissing
from pipeline.formats import Withdrawal, decode
from pipeline.producers.feeds.fetching import Fetched, FetchFailed, fetch
from pipeline.producers.feeds.subscriptions import Feed, Subscriptions, subscriptions
from pipeline.producers.raw import raw_record
from pipeline.records import Article
from pipeline.serving.telemetry import Health, serve_telemetry
from pipeline.settings import Settings
from pipeline.topics import ARTICLES_RAW
from pipeline.wire.admin import partition_counts
from pipeline.wire.consumer import answers
from pipeline.wire.outgoing import Destination, Outgoing
from pipeline.wire.producer import Producer

log = logging.getLogger(__name__)

_SOURCE = "/claimwire/feeds"
_LOOK_SECONDS = 1.0
_AWAY_SECONDS = 5.0
_LONGEST_SECONDS = 86_400.0  # between two polls of a feed that fails
_SPREAD = 0.1  # of the time between polls, so that feeds that were added together do not stay together


def run(settings: Settings, stopping: threading.Event) -> None:
    """Until `stopping` is set. Waits for the cluster where it is away."""
    where = settings.kafka.bootstrap_servers
    serve_telemetry(
        settings.telemetry, Health(broker=lambda: None if answers(settings) else f"none answers at {where}")
    )
    with subscriptions(settings.state_dir) as feeds, ThreadPoolExecutor(settings.feeds.fetches) as executor:
        while not stopping.is_set():
            try:
                with Wire(settings) as wire:
                    log.info("polling %d feeds", len(feeds.all()))
                    poller = Poller(settings, feeds, executor, wire.send)
                    while not stopping.wait(_LOOK_SECONDS):
                        poller.poll(stopping)
            except (BrokerUnavailable, ClusterRefused, TopicMissing, DeliveryFailed) as error:
                log.warning("waiting: %s. %s", error.message, error.remedy)
                stopping.wait(_AWAY_SECONDS)


class Wire:
    """Sends, acknowledged; as a context manager. Raises BrokerUnavailable, ClusterRefused, TopicMissing."""

    def __init__(self, settings: Settings) -> None:
        name = ARTICLES_RAW.full_name(settings.topic_prefix)
        self.destination = Destination(settings.topic_prefix, partition_counts(settings, [name]))
        self._producer = Producer(settings, client="feeds")
        self._largest = settings.limits.max_record_bytes

    def send(self, wishes: list[Article | Withdrawal]) -> None:
        """Returns when all are acknowledged. Raises DeliveryFailed, after which this one is of no more use."""
        records: list[Outgoing] = []
        for wish in wishes:
            try:
                records.append(raw_record(wish, self.destination, source=_SOURCE, largest=self._largest))
            except ArticleTooLarge as refused:
                log.warning("%s", refused.message)
        for record in records:
            self._producer.send(record)
        self._producer.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._producer.close()


@dataclass(slots=True)
class _New:
    """What a feed holds. `wishes`: what is to be sent of it; `present`: every article in it, and its digest."""

    wishes: list[Article | Withdrawal] = field(default_factory=list)
    present: dict[str, bytes] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


class Poller:
    """`send`: of Wire; `executor`: the threads that fetch."""

    def __init__(
        self,
        settings: Settings,
        feeds: Subscriptions,
        executor: ThreadPoolExecutor,
        send: Callable[[list[Article | Withdrawal]], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._feeds = feeds
        self._executor = executor
        self._send = send
        self._clock = clock

    def poll(self, stopping: threading.Event) -> None:
        """Every feed that is due now, once. Raises DeliveryFailed: then the rest is still due."""
        due = self._feeds.due(self._clock())
        for start in range(0, len(due), self._settings.feeds.fetches):
            if stopping.is_set():
                return
            group = due[start : start + self._settings.feeds.fetches]
            for feed, found in zip(group, self._executor.map(self._fetch, group), strict=True):
                self._note(feed, found)

    def _fetch(self, feed: Feed) -> Fetched | FetchFailed | None:
        try:
            return fetch(feed.url, feed.validators, self._settings.feeds)
        except FetchFailed as failed:
            return failed
        except Exception as error:
            log.exception("%s", feed.url)
            return FetchFailed(f"failed: {type(error).__name__}")

    def _note(self, feed: Feed, found: Fetched | FetchFailed | None) -> None:
        now = self._clock()
        due = now + feed.every * random.uniform(1 - _SPREAD, 1 + _SPREAD)
        if isinstance(found, FetchFailed):
            metrics.POLLS.labels("failed").inc()
            wait = min(_LONGEST_SECONDS, feed.every * 2.0 ** min(feed.failures, 20))
            wait = max(wait, min(found.retry_after or 0.0, _LONGEST_SECONDS))
            log.warning("%s: %s; again in %.0f s", feed.url, found, wait)
            self._feeds.polled(feed.url, now, due=now + wait, outcome=str(found), failed=True)
            return
        if found is None:
            metrics.POLLS.labels("unchanged").inc()
            self._feeds.polled(feed.url, now, due=due, outcome="unchanged")
            return
        metrics.POLLS.labels("changed").inc()
        new = self._new(feed, found)
        if new.wishes:
            self._send(new.wishes)
        said = f"{len(new.wishes)} of {len(new.present)} articles were new"
        said += "".join(f", {count} {reason}" for reason, count in sorted(new.left_out.items()))
        log.info("%s: %s", feed.url, said)
        self._feeds.polled(
            feed.url,
            now,
            due=due,
            outcome=said,
            # What could not be read is looked at again: it may be mended under the same date.
            validators=found.validators if new.present else None,
            present=new.present,
            sent=len(new.wishes),
            failed=bool(new.left_out) and not new.present,
        )

    def _new(self, feed: Feed, found: Fetched) -> _New:
        seen, new = self._feeds.seen(feed.url), _New()
        for outcome in decode(found.data, content_type=found.content_type, url=found.url, limits=self._settings.limits):
            if isinstance(outcome, Article | Withdrawal):
                article = outcome.id if isinstance(outcome, Article) else outcome.article_id
                digest = sha256(repr(outcome).encode("utf-8", "surrogatepass")).digest()
                if seen.get(article) != digest and new.present.get(article) != digest:
                    new.wishes.append(outcome)
                new.present[article] = digest
            else:
                new.left_out[outcome.reason] += 1
        return new
