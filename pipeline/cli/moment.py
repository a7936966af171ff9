"""Times on the command line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType):
    """A date, a date and time (UTC where no zone is given), or how long ago: 30m, 6h, 7d."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """As a time in UTC."""
        if isinstance(value, datetime):
            return value
        number, unit = value[:-1], value[-1:]
        if unit in _UNITS and number.isascii() and number.isdigit():
            try:
                return datetime.now(UTC) - timedelta(**{_UNITS[unit]: int(number)})
            except OverflowError:
                self.fail(f"{value!r} is too long ago", param, ctx)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a date (2026-11-24, 2026-11-24T09:30Z) nor like 30m, 6h, 7d", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
