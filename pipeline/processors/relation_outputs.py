"""What the relations processor's findings become on the wire."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from pipeline import __version__
from pipeline.errors import ArticleRefused
from pipeline.processors.relating import Findings
from pipeline.records import ClaimRef, Stance
from pipeline.settings import Settings
from pipeline.topics import DEAD_LETTERS, PROPOSITIONS, RELATIONS, STANCES, Topic
from pipeline.wire.codec import encode
from pipeline.wire.dead_letters import Failure, dead_letter
from pipeline.wire.headers import event_headers
from pipeline.wire.limits import largest_records
from pipeline.wire.outgoing import Destination, Outgoing

_SOURCE = f"/claimwire/relations/{__version__}"


class RelationOutputs:
    """`group`: what dead letters name."""

    def __init__(self, settings: Settings, destination: Destination, group: str) -> None:
        self._destination = destination
        self._group = group
        self._largest = largest_records(settings, destination)

    def of(
        self,
        findings: Findings,
        stances: Sequence[Stance],
        targets: Iterable[str],
        *,
        partition: int,
        time: datetime,
    ) -> list[Outgoing]:
        """The records of one batch. `targets`: what is watched, so that stances of withdrawn claims go too."""
        changed: list[tuple[Topic, str, Any]] = [(RELATIONS, one, value) for one, value in findings.relations.items()]
        changed += [(PROPOSITIONS, one, value) for one, value in findings.propositions.items()]
        made = [self._keyed(topic, key, value, partition, time) for topic, key, value in changed]
        gone = [(held.claim, target) for held in findings.gone for target in targets]
        made += self.stances(stances, gone, time=time)
        return [*made, *(self._refused(record, error) for record, error in findings.refused)]

    def stances(
        self, made: Sequence[Stance], gone: Sequence[tuple[ClaimRef, str]], *, time: datetime
    ) -> list[Outgoing]:
        """The records of stances. `gone`: claims, and targets that they no longer bear on."""
        records = []
        for stance in made:
            name, partition = self._destination.place(STANCES, stance.claim.article.id)
            key = f"{stance.claim.id}/{stance.target.id}"
            headers = event_headers(type=STANCES.event, source=_SOURCE, id=key, time=time)
            records.append(Outgoing(name, key.encode(), encode(stance), headers, partition))
        for claim, target in gone:
            name, partition = self._destination.place(STANCES, claim.article.id)
            records.append(Outgoing(name, f"{claim.id}/{target}".encode(), None, [], partition))
        return records

    def _keyed(self, topic: Topic, key: str, value: Any, partition: int, time: datetime) -> Outgoing:
        name = topic.full_name(self._destination.prefix, self._destination.run)
        if value is None:
            return Outgoing(name, key.encode(), None, [], partition)
        headers = event_headers(type=topic.event, source=_SOURCE, id=key, time=time)
        return Outgoing(name, key.encode(), encode(value), headers, partition)

    def _refused(self, record: Any, error: ArticleRefused) -> Outgoing:
        return dead_letter(
            record,
            Failure("relate", [error]),
            group=self._group,
            destination=self._destination,
            largest=self._largest[DEAD_LETTERS.full_name(self._destination.prefix, self._destination.run)],
            now=datetime.now(UTC),
        )
