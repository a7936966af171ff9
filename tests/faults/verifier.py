"""Counts what went wrong. Knows what was sent and what the topics hold, and nothing of the processor."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from pipeline.topics import ARTICLES_ANNOTATED, CLAIMS, DEAD_LETTERS, ENTITIES
from tests.faults.articles import Sent

_MOST_PROBLEMS = 20  # said in words; the counts have all


class Read(NamedTuple):
    """One record of a topic, as a subscriber with isolation.level=read_committed gets it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Item(NamedTuple):
    """What one record of `claims` or `entities` is about. `revision` 0: a tombstone, which does not say."""

    topic: str
    key: str
    revision: int


@dataclass
class Verdict:
    """Counts of records. `problems`: the first of them in words."""

    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    orphaned: int = 0
    dead_letters: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every article came out exactly once, in order, whole, and none was given up."""
        return not (self.lost or self.doubled or self.out_of_order or self.orphaned or self.dead_letters)

    def add(self, kind: str, what: str, count: int = 1) -> None:
        """Counts a problem. `kind`: the name of a count."""
        if count > 0:
            setattr(self, kind, getattr(self, kind) + count)
            if len(self.problems) < _MOST_PROBLEMS:
                self.problems.append(f"{kind.replace('_', ' ')}: {what}" + (f" ({count} times)" if count > 1 else ""))


def verify(sent: Sequence[Sent], topics: Mapping[str, Iterable[Read]]) -> Verdict:
    """`topics`: the records of each output topic, by its name without prefix.

    Lost: a revision without its record in `articles.annotated`, or one that lacks claims or entities. Doubled: any
    record that is there more often than once. Out of order: a record of an older revision behind a newer one of the
    same article, or in another partition. Orphaned: a claim or an entity (or its withdrawal) that no annotated article
    has, or the reverse; an annotated article that nobody sent.
    """
    verdict = Verdict()
    annotated = _annotated(sent, _sorted(topics[ARTICLES_ANNOTATED.name]), verdict)
    expected, standing = _expected(annotated)
    seen: Counter[Item] = Counter()
    for topic in (CLAIMS.name, ENTITIES.name):
        found, kept = _records(topic, _sorted(topics[topic]), verdict)
        seen += found
        for key in sorted(kept ^ standing[topic]):
            what = "stands, but no article has it" if key in kept else "was withdrawn, but its article has it"
            verdict.add("orphaned", f"at the end, {topic} {key} {what}")
    for item in sorted(expected | seen):
        name = f"{item.topic} {item.key} " + (f"of revision {item.revision}" if item.revision else "withdrawn")
        if not expected[item]:
            verdict.add("orphaned", f"{name}, which its article does not have", seen[item])
        elif not seen[item]:
            verdict.add("orphaned", f"{name} has no record", 1)
        else:
            verdict.add("doubled", name, seen[item] - expected[item])
            verdict.add("orphaned", f"{name} has too few records", expected[item] - seen[item])
    for letter in topics[DEAD_LETTERS.name]:
        verdict.add("dead_letters", f"{(letter.key or b'').decode(errors='replace')}")
    return verdict


def _sorted(records: Iterable[Read]) -> list[Read]:
    return sorted(records, key=lambda record: (record.partition, record.offset))


def _annotated(
    sent: Sequence[Sent], records: Iterable[Read], verdict: Verdict
) -> dict[str, dict[int, Mapping[str, Any]]]:
    """The annotated articles that were sent, by id and revision."""
    wanted = {(one.article, one.revision): one for one in sent}
    count: Counter[tuple[str, int]] = Counter()
    found: defaultdict[str, dict[int, Mapping[str, Any]]] = defaultdict(dict)
    order = _Order("articles.annotated", verdict)
    for record in records:
        value = orjson.loads(record.value or b"null")
        if value is None or (value["id"], value["revision"]) not in wanted:
            verdict.add("orphaned", f"articles.annotated {record.key!r}, which nobody sent")
            continue
        count[value["id"], value["revision"]] += 1
        found[value["id"]][value["revision"]] = value
        order.add(value["id"], value["revision"], record.partition)
    for (article, revision), one in wanted.items():
        name = f"{article} revision {revision}"
        if not count[article, revision]:
            verdict.add("lost", name)
            continue
        verdict.add("doubled", name, count[article, revision] - 1)
        value = found[article][revision]
        _compare(f"claims of {name}", one.claims, [claim["content"]["text"] for claim in value["claims"]], verdict)
        _compare(f"entities of {name}", one.entities, [entity["name"] for entity in value["entities"]], verdict)
    return found


def _compare(what: str, wanted: frozenset[str], found: Sequence[str], verdict: Verdict) -> None:
    verdict.add("lost", what, len(wanted - set(found)))
    verdict.add("orphaned", f"{what}: not said there", len(set(found) - wanted))
    verdict.add("doubled", what, len(found) - len(set(found)))


def _expected(
    annotated: Mapping[str, Mapping[int, Mapping[str, Any]]],
) -> tuple[Counter[Item], dict[str, set[str]]]:
    """What must be in `claims` and `entities` for these articles, and which keys of each stand at the end."""
    expected: Counter[Item] = Counter()
    standing: dict[str, set[str]] = {CLAIMS.name: set(), ENTITIES.name: set()}
    for article, revisions in annotated.items():
        before: dict[str, set[str]] = {CLAIMS.name: set(), ENTITIES.name: set()}
        for revision in sorted(revisions):
            value = revisions[revision]
            now = {
                CLAIMS.name: {claim["id"] for claim in value["claims"]},
                ENTITIES.name: {f"{article}/{entity['id']}" for entity in value["entities"]},
            }
            for topic, keys in now.items():
                expected.update(Item(topic, key, revision) for key in keys)
                expected.update(Item(topic, key, 0) for key in before[topic] - keys)
            before = now
        for topic, keys in before.items():
            standing[topic] |= keys
    return expected, standing


def _records(topic: str, records: Iterable[Read], verdict: Verdict) -> tuple[Counter[Item], set[str]]:
    """What is in a topic, and the keys whose last record is no tombstone."""
    seen: Counter[Item] = Counter()
    standing: set[str] = set()
    order = _Order(topic, verdict)
    for record in records:
        key = (record.key or b"").decode()
        if record.value is None:
            seen[Item(topic, key, 0)] += 1
            standing.discard(key)
            continue
        article = orjson.loads(record.value)["article"]
        seen[Item(topic, key, article["revision"])] += 1
        standing.add(key)
        order.add(article["id"], article["revision"], record.partition)
    return seen, standing


class _Order:
    """Watches that the revisions of an article never go back, in one partition."""

    def __init__(self, topic: str, verdict: Verdict) -> None:
        self._topic = topic
        self._verdict = verdict
        self._last: dict[str, tuple[int, int]] = {}

    def add(self, article: str, revision: int, partition: int) -> None:
        last, where = self._last.get(article, (revision, partition))
        if revision < last:
            what = f"{self._topic}: {article} revision {revision} behind {last}"
            self._verdict.add("out_of_order", what)
        elif partition != where:
            self._verdict.add("out_of_order", f"{self._topic}: {article} in partitions {where} and {partition}")
        self._last[article] = max(revision, last), partition
