"""What is measured through Kafka: the arithmetic of it."""

import os
from itertools import pairwise

import pytest

from benchmarks import processes
from benchmarks.latency import moments, percentile
from benchmarks.sample import words
from benchmarks.services import spread, steady
from pipeline.records import Article
from pipeline.wire.partition import partition_for


def test_the_middle_of_a_queue_is_what_counts() -> None:
    # A slow start, 10 records a second, and a slow end.
    progress = [(0.0, 0), (9.0, 5), (10.0, 10), (11.0, 30), (15.0, 70), (16.0, 80), (30.0, 100)]
    assert steady(progress, 100) == pytest.approx(50 / 5)


def test_few_commits_are_all_taken() -> None:
    assert steady([(0.0, 0), (2.0, 30), (4.0, 60)], 60) == pytest.approx(15)


def test_one_commit_says_nothing() -> None:
    with pytest.raises(ValueError, match="more of them"):
        steady([(0.0, 0), (2.0, 30)], 30)


def test_every_partition_gets_as_many_words() -> None:
    articles = [Article(id=f"a{n}", headline="", body="word " * (100 + 37 * n % 400)) for n in range(80)]
    placed = spread(articles, 4)
    loads = [0, 0, 0, 0]
    for article in placed:
        loads[partition_for(article.id.encode(), 4)] += words(article)
    assert max(loads) - min(loads) < 500
    assert [article.body for article in placed] == [article.body for article in articles]
    assert len({article.id for article in placed}) == 80


def test_moments_are_random_and_of_the_rate() -> None:
    found = moments(4000, 8.0, seed=1)
    assert found == moments(4000, 8.0, seed=1) == sorted(found)
    assert found[-1] == pytest.approx(500, rel=0.05)
    gaps = [b - a for a, b in pairwise(found)]
    assert sum(gap < 0.02 for gap in gaps) > 400


@pytest.mark.parametrize(("share", "least"), [(0.99, 99), (0.5, 50), (1.0, 100), (0.991, 100), (0.001, 1)])
def test_percentile(share: float, least: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == least


def test_processes_tell_of_themselves() -> None:
    assert processes.cpu_seconds(os.getpid()) > 0
    now = processes.resident(os.getpid())
    assert 1 < now <= processes.resident(os.getpid(), "VmHWM") + 1
    assert processes.with_words("no such", "words") == []
