"""What became of one request, and how that is told."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from pipeline.errors import ArticleRefused, ArticleTooLarge, ExpandsTooMuch, UnknownFormat
from pipeline.formats import FORMATS, Skipped
from pipeline.serving.problems import Problem

_MOST_NAMED = 100  # of what was not taken; the counts are of all

ACCEPTED_TYPES = ", ".join(name for entry in FORMATS.values() for name in entry.content_types)
"""The content types that are read, as for the header Accept-Post."""


@dataclass(slots=True)
class Receipt:
    """Ids of what was taken, and what was not. `full`: there was more than one request may bring."""

    accepted: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    refused: list[ArticleRefused] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"skipped": 0, "refused": 0})
    full: bool = False

    @property
    def taken(self) -> int:
        """Articles and withdrawals that were sent."""
        return len(self.accepted) + len(self.withdrawn)

    def leave_out(self, outcome: Skipped | ArticleRefused) -> None:
        """Notes an item that gives no article."""
        named, name = (self.skipped, "skipped") if isinstance(outcome, Skipped) else (self.refused, "refused")
        self.counts[name] += 1
        if len(named) < _MOST_NAMED:
            named.append(outcome)  # type: ignore[arg-type]

    def response(self, most: int) -> Response:
        """202, once all that was taken is acknowledged.

        Raises Problem where all that there was is refused, or where there were more than `most`.
        """
        if self.full:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"A request has at most {most} articles. Those before that are stored (`accepted`, `withdrawn`); send "
                "the others in another request.",
                **self.body(),
            )
        if self.refused and not self.taken:
            raise self._problem()
        return Response(orjson.dumps(self.body()), HTTPStatus.ACCEPTED, media_type="application/json")

    def body(self) -> dict[str, Any]:
        """The JSON of an answer."""
        return {"accepted": self.accepted, "withdrawn": self.withdrawn, **self._left_out()}

    def _left_out(self) -> dict[str, Any]:
        return {
            "skipped": [{"item": s.item, "reason": s.reason, "detail": s.detail} for s in self.skipped],
            "refused": [
                {"item": r.item, "reason": r.reason, "detail": r.detail, "remedy": r.remedy} for r in self.refused
            ],
            "counts": {"accepted": len(self.accepted), "withdrawn": len(self.withdrawn), **self.counts},
        }

    def _problem(self) -> Problem:
        first = self.refused[0]
        headers = {}
        if isinstance(first, UnknownFormat):
            status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
            headers["Accept-Post"] = ACCEPTED_TYPES
        elif all(isinstance(error, ArticleTooLarge | ExpandsTooMuch) for error in self.refused):
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        else:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        more = f", and {self.counts['refused'] - 1} more" if self.counts["refused"] > 1 else ""
        return Problem(status, f"{first.message}{more}. {first.remedy}", headers=headers, **self._left_out())
