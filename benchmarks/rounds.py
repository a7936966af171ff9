"""Rounds that take turns: what else the machine does meanwhile falls on everything that is compared."""

import signal
import sys
import time
from collections.abc import Callable, Mapping

Task = Callable[[], float]
"""Measures once, and returns the value."""


def rounds(benchmark: str, tasks: Mapping[str, Task], count: int, unit: str) -> dict[str, tuple[float, ...]]:
    """Every task in every round, each second round backwards. Returns the values of each, by round.

    Says after each measurement how far it is, on standard error.
    """
    found: dict[str, list[float]] = {name: [] for name in tasks}
    total, began = count * len(tasks), time.monotonic()
    for number in range(count):
        for name in list(tasks)[:: -1 if number % 2 else 1]:
            value = tasks[name]()
            found[name].append(value)
            done = sum(map(len, found.values()))
            say(benchmark, f"{done} of {total} after {time.monotonic() - began:.0f} s: {name}, {value:.4g} {unit}")
    return {name: tuple(values) for name, values in found.items()}


def say(benchmark: str, line: str) -> None:
    """A line of progress, on standard error: standard output is for results."""
    print(f"{benchmark}: {line}", file=sys.stderr, flush=True)


def until_interrupted(main: Callable[[], object]) -> None:
    """Runs a benchmark. Ctrl-C ends it without a traceback, once all that it has started is stopped."""
    try:
        main()
    except KeyboardInterrupt:
        say("bench", "stopped")
        sys.exit(128 + signal.SIGINT)
