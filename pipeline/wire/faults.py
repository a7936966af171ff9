"""Fault points: places where a test makes the process die, hang or freeze. Dead code outside tests.

`CLAIMWIRE_TEST_FAULT=transaction.sent=kill@3` kills the process when it reaches that point for the third time.
Several are separated by commas; `@1` may be left out. Actions: `kill` (SIGKILL), `freeze` (SIGSTOP), `hang` (blocks
the thread), `exit` (os._exit), `raise`. The variable counts only beside `CLAIMWIRE_TESTING=1`, so that a deployment
cannot set one by mistake. With `CLAIMWIRE_TEST_FAULT_ONCE=PATH`, a fault happens once: PATH is made then, and
nothing more happens while it exists.
"""

import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path


class InjectedFault(Exception):
    """Raised by the action `raise`."""


def _plan(environment: dict[str, str]) -> dict[str, tuple[str, int]]:
    if environment.get("CLAIMWIRE_TESTING") != "1":
        return {}
    plan = {}
    for entry in filter(None, environment.get("CLAIMWIRE_TEST_FAULT", "").split(",")):
        point, _, action = entry.partition("=")
        action, _, count = action.partition("@")
        plan[point.strip()] = (action.strip(), int(count or 1))
    return plan


_PLAN = _plan(dict(os.environ))
_REACHED: Counter[str] = Counter()


def reach(point: str) -> None:
    """Names a point of the program; does nothing unless a test asked for a fault there."""
    if not _PLAN or point not in _PLAN:
        return
    action, count = _PLAN[point]
    _REACHED[point] += 1
    if _REACHED[point] == count and _first_time():
        print(f"fault point {point}: {action}", file=sys.stderr, flush=True)  # noqa: T201
        _act(action)


def _first_time() -> bool:
    once = os.environ.get("CLAIMWIRE_TEST_FAULT_ONCE")
    if not once:
        return True
    try:
        Path(once).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _act(action: str) -> None:
    match action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "freeze":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "hang":
            time.sleep(3600)
        case "exit":
            os._exit(1)
        case _:
            raise InjectedFault(action)
