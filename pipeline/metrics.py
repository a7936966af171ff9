"""Every metric: name, type, unit, meaning. One table, below; services count by the constants beside it.

Names follow Prometheus: a counter is exposed with `_total`. Labels hold only values from small, fixed sets (reasons,
outcomes, labels, partitions), never ids or text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from pipeline import __version__

Kind: TypeAlias = Literal["counter", "gauge", "histogram"]

REGISTRY = CollectorRegistry()
"""What `/metrics` shows of claimwire."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row. `unit`: "" for a plain number. `labels`: names, in order."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()


TABLE: list[Metric] = []
"""Every metric, in the order of this file."""


def _noted(kind: Kind, name: str, unit: str, meaning: str, labels: Sequence[str]) -> None:
    TABLE.append(Metric(name, kind, unit, meaning, tuple(labels)))


def _counter(name: str, unit: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
    _noted("counter", f"{name}_total", unit, meaning, labels)
    return Counter(name, meaning, labels, registry=REGISTRY)


def _gauge(name: str, unit: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    _noted("gauge", name, unit, meaning, labels)
    return Gauge(name, meaning, labels, registry=REGISTRY)


def _histogram(name: str, unit: str, meaning: str, buckets: Sequence[float], labels: Sequence[str] = ()) -> Histogram:
    _noted("histogram", name, unit, meaning, labels)
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=buckets)


_SECONDS = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200)
_TENTHS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

BUILD = _gauge("claimwire_build_info", "", "Always 1; the label says which version runs.", ["version"])
BUILD.labels(__version__).set(1)
READY = _gauge("claimwire_ready", "", "Whether /ready says yes: 1, else 0; as of the last time somebody asked.")

# Processors.
LAG = _gauge(
    "claimwire_consumer_lag_records",
    "records",
    "Records of this process's partitions that its group has not committed; of a sink, that it has not read.",
    ["topic", "partition"],
)
BATCH = _histogram("claimwire_batch_records", "records", "Records in one batch.", (1, 2, 4, 8, 16, 32, 64, 128))
QUEUE_WAIT = _histogram(
    "claimwire_queue_wait_seconds",
    "seconds",
    "From a record's timestamp until work on it begins; a long time after a replay or an outage.",
    _SECONDS,
)
ARTICLES = _counter(
    "claimwire_articles",
    "articles",
    "Articles dealt with: annotated, withdrawn, superseded (an older revision than what stands), failed.",
    ["outcome"],
)
SKIPPED = _counter("claimwire_skipped_items", "items", "Items that hold no article, by reason.", ["reason"])
INFERENCE_SECONDS = _counter("claimwire_inference_seconds", "seconds", "Spent in the models.")
INFERENCE_TOKENS = _counter("claimwire_inference_tokens", "word pieces", "Read by the encoder.")
INFERENCE = _histogram(
    "claimwire_inference_seconds_per_1000_tokens",
    "seconds",
    "Spent in the models for one article, over its word pieces, times 1,000.",
    (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10),
)
CLAIMS = _counter("claimwire_claims", "claims", "Claims found, by the form of their content.", ["form"])
STANCES = _counter("claimwire_stances", "stances", "Stances found, by label.", ["label"])
CONFIDENCE = _histogram(
    "claimwire_confidence",
    "probability",
    "Of claims, stances and relations; a distribution that moves tells of other articles or a broken model.",
    _TENTHS,
    ["of"],
)
TRANSACTIONS = _counter(
    "claimwire_transactions",
    "transactions",
    "Committed; or aborted: a partition was taken over whose last owner died at work.",
    ["outcome"],
)
DEAD_LETTERS = _counter(
    "claimwire_dead_letters", "records", "Records given up, by reason and stage.", ["reason", "stage"]
)

# Relations.
COMPARED = _counter("claimwire_compared_claims", "claims", "Claims that were compared with those of the window.")
RELATIONS = _counter(
    "claimwire_relations",
    "relations",
    "Relations found: between two sources, or of one with itself.",
    ["kind", "label"],
)
WATCHED = _counter("claimwire_watched_stances", "stances", "Stances found on watched targets, by label.", ["label"])
WINDOW = _gauge(
    "claimwire_window_claims", "claims", "Claims held for comparison, in each partition of this process.", ["partition"]
)

# Sinks, the page's too.
STORED = _counter("claimwire_stored_records", "records", "Records written to a database or to files.", ["topic"])

# Producers.
REQUESTS = _counter("claimwire_gateway_requests", "requests", "Requests to post articles, by HTTP status.", ["status"])
REQUEST_SECONDS = _histogram(
    "claimwire_gateway_request_seconds", "seconds", "From a request's arrival until its answer.", _SECONDS
)
PENDING = _gauge("claimwire_gateway_pending_bytes", "bytes", "Sent to the cluster and not yet acknowledged.")
PRODUCED = _counter("claimwire_produced_articles", "articles", "Articles that were sent to articles.raw.", ["service"])
POLLS = _counter("claimwire_feed_polls", "polls", "Polls of feeds: changed, unchanged, failed.", ["outcome"])


def markdown() -> str:
    """The table, for docs/operations.md."""
    rows = [
        f"| `{m.name}` | {m.kind} | {m.unit or 'none'} | {', '.join(m.labels) or 'none'} | {m.meaning} |" for m in TABLE
    ]
    return "\n".join(["| name | type | unit | labels | meaning |", "|---|---|---|---|---|", *rows]) + "\n"
