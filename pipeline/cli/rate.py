"""How fast, on the command line."""

import math
from typing import Any

import click

_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Rate(click.ParamType):
    """So many in a second (`5`, `5/s`), a minute (`300/m`) or an hour (`18000/h`)."""

    name = "N/s"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """As a number in a second."""
        if isinstance(value, float):
            return value
        number, _, unit = value.partition("/")
        try:
            rate = float(number) / _SECONDS[unit if "/" in value else "s"]
        except (ValueError, KeyError):
            self.fail(f"{value!r} is not like 5/s, 300/m or 18000/h", param, ctx)
        if not (0 < rate < math.inf):
            self.fail(f"{value!r} is not above 0 and finite", param, ctx)
        return rate
