import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from pipeline.errors import DeliveryFailed, FeedInvalid, FeedUnknown
from pipeline.formats import Withdrawal
from pipeline.producers.feeds.polling import Poller, run
from pipeline.producers.feeds.subscriptions import Subscriptions, subscriptions
from pipeline.records import Article
from pipeline.settings import FeedsSettings, Settings
from tests.kafka import records
from tests.processors.harness import until
from tests.web import Web, answer, web

HERE = FeedsSettings(allowed_networks="127.0.0.0/8")


def rss(*items: tuple[str, str]) -> bytes:
    entries = "".join(
        f"<item><guid>http://strait.example/{name}</guid><link>http://strait.example/{name}</link>"
        f"<title>{title}</title><description>Anna says {title}.</description></item>"
        for name, title in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Strait</title>{entries}</channel></rss>'.encode()


class Town:
    """A poller with a clock to set, a site, and what was sent."""

    def __init__(self, folder: Path, site: Web, executor: ThreadPoolExecutor) -> None:
        self.site = site
        self.sent: list[Article | Withdrawal] = []
        self.now = 1000.0
        self.fails = False
        self.feeds = Subscriptions(folder)
        self.poller = Poller(Settings(feeds=HERE), self.feeds, executor, self.send, lambda: self.now)
        self.url = f"{site.url}/rss"

    def send(self, wishes: list[Article | Withdrawal]) -> None:
        if self.fails:
            raise DeliveryFailed("articles.raw", 1, "away")
        self.sent += wishes

    def serve(self, *items: tuple[str, str]) -> None:
        self.site.pages["/rss"] = lambda handler: answer(handler, rss(*items), content_type="application/rss+xml")

    def poll(self) -> list[str | None]:
        """The headlines that the next poll sends, after enough time has passed."""
        self.now += 100_000
        self.sent.clear()
        self.poller.poll(threading.Event())
        return [wish.headline for wish in self.sent if isinstance(wish, Article)]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with web() as site, ThreadPoolExecutor(2) as executor:
        town = Town(tmp_path / "feeds", site, executor)
        town.feeds.add(town.url, 300)
        yield town
        town.feeds.close()


def test_only_what_is_new_or_changed_is_sent(town: Town) -> None:
    town.serve(("1", "one"), ("2", "two"))
    assert town.poll() == ["one", "two"]
    assert town.poll() == []
    town.serve(("3", "three"), ("2", "two, corrected"), ("1", "one"))
    assert town.poll() == ["three", "two, corrected"]
    (feed,) = town.feeds.all()
    assert (feed.sent, feed.outcome) == (4, "2 of 3 articles were new")


def test_a_feed_is_polled_when_its_time_has_come(town: Town) -> None:
    town.serve(("1", "one"))
    town.poll()
    town.now += 200
    town.poller.poll(threading.Event())
    assert len(town.site.requests) == 1
    town.now += 200
    town.poller.poll(threading.Event())
    assert len(town.site.requests) == 2


def test_what_was_not_acknowledged_is_sent_again(town: Town) -> None:
    town.serve(("1", "one"))
    town.fails = True
    with pytest.raises(DeliveryFailed):
        town.poll()
    town.fails = False
    assert town.poll() == ["one"]


def test_a_failing_feed_is_asked_less_often(town: Town) -> None:
    for failures in range(1, 4):
        town.poll()
        (feed,) = town.feeds.all()
        assert (feed.failures, feed.outcome) == (failures, "status 404")
        assert feed.due - town.now == 300 * 2 ** (failures - 1)
    town.site.pages["/rss"] = lambda handler: answer(handler, status=429, retry_after="5000")
    town.poll()
    assert town.feeds.all()[0].due - town.now == 5000
    town.serve(("1", "one"))
    assert town.poll() == ["one"]
    assert town.feeds.all()[0].failures == 0


def test_what_is_no_feed_is_noted_and_read_again(town: Town) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, b"\x00\x01", content_type="application/pdf", etag='"1"')

    town.site.pages["/rss"] = page
    town.poll()
    (feed,) = town.feeds.all()
    assert feed.outcome == "0 of 0 articles were new, 1 unknown-format"
    assert feed.failures == 1
    assert feed.validators.etag is None


def test_subscriptions_are_kept_and_removed(tmp_path: Path) -> None:
    with subscriptions(tmp_path) as feeds:
        assert feeds.add(" https://strait.example/rss#top", 300)
        assert not feeds.add("https://strait.example/rss", 600)
        with pytest.raises(FeedInvalid):
            feeds.add("strait.example", 300)
    with subscriptions(tmp_path) as feeds:
        (feed,) = feeds.all()
        assert (feed.url, feed.every) == ("https://strait.example/rss", 600)
        feeds.remove(feed.url)
        with pytest.raises(FeedUnknown):
            feeds.remove(feed.url)
        assert feeds.all() == []


@pytest.mark.broker
def test_articles_of_a_feed_are_in_the_topic_once(topics: Settings) -> None:
    settings = topics.model_copy(update={"feeds": HERE})
    stopping = threading.Event()
    with web() as site:
        site.pages["/rss"] = lambda handler: answer(handler, rss(("1", "one"), ("2", "two")), content_type="text/xml")
        with subscriptions(settings.state_dir) as feeds:
            feeds.add(f"{site.url}/rss", 10)
        polling = threading.Thread(target=run, args=(settings, stopping))
        polling.start()
        try:
            found = until(lambda: records(settings, "articles.raw"), lambda found: len(found) >= 2)
        finally:
            stopping.set()
            polling.join(30)
    assert not polling.is_alive()
    assert len({record.key for record in found}) == len(found) == 2
    assert dict(found[0].headers)["ce_source"] == b"/claimwire/feeds"
