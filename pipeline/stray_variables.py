"""Variables that look like settings, and are none: most often misspelt ones."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

# What the tests and the tools beside the program read.
_OTHERS = ("CLAIMWIRE_SHARED", "CLAIMWIRE_TEST")

# What Kubernetes sets for each service of a namespace: Helm calls ours after the release.
_OF_SERVICES = re.compile(r"_SERVICE_HOST|_SERVICE_PORT(_\w+)?|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?")
_LINK = re.compile(r"(tcp|udp|sctp)://")


def strays(environment: Mapping[str, str], prefix: str, fields: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Variables that begin with `prefix` and then with none of `fields`, each with one that may have been meant.

    What follows two underscores is left to whoever reads the settings: there a wrong name is an error.
    """
    known = [f"{prefix}{field}".upper() for field in fields]
    for name, value in environment.items():
        first, *rest = name.upper().split("__")
        if not first.startswith(prefix) or first in known or not value:
            continue
        if first.startswith(_OTHERS) or _of_a_service(first, value):
            continue
        meant = get_close_matches(first, known, n=1, cutoff=0.85)
        yield name, "__".join([meant[0], *rest]) if meant else None


def _of_a_service(name: str, value: str) -> bool:
    return bool(_OF_SERVICES.search(name)) or (name.endswith("_PORT") and _LINK.match(value) is not None)
