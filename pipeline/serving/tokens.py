"""Who may ask: bearer tokens from the environment or a file, compared in constant time."""

import hmac
import logging
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr

from pipeline.errors import SettingsInvalid
from pipeline.secrets import secret

log = logging.getLogger(__name__)

SHORTEST = 16
"""Characters of a token. `openssl rand -hex 32` gives a good one."""


class Tokens:
    """The tokens of one service. `name`: of their setting ("gateway.tokens").

    Only digests are kept. The file is read again when it changes, so that a token can be exchanged without a restart;
    one that cannot be read then leaves the tokens as they were.
    """

    def __init__(self, name: str, value: SecretStr | None, file: Path | None) -> None:
        """Raises SettingsInvalid."""
        self._name = name
        self._file = file
        self._read_as = self._stamp()
        self._digests = _digests(name, secret(name, value, file))

    def __bool__(self) -> bool:
        return bool(self._digests)

    def holder(self, given: str) -> str | None:
        """Who presents the token `given`: a name for logs and limits that tells nothing of it. None: nobody known."""
        self._refresh()
        digest = sha256(given.encode("utf-8", "surrogateescape")).digest()
        found = None
        # Every one is looked at, so that the time tells nothing; digests, so that it tells nothing of lengths either.
        for known in self._digests:
            if hmac.compare_digest(known, digest):
                found = sha256(known).hexdigest()[:12]
        return found

    def _refresh(self) -> None:
        stamp = self._stamp()
        if stamp == self._read_as:
            return
        self._read_as = stamp
        try:
            self._digests = _digests(self._name, secret(self._name, None, self._file))
            log.info("%s_file: read again, %d tokens", self._name, len(self._digests))
        except SettingsInvalid as error:
            log.error("%s: the tokens stay as they were", error.message)

    def _stamp(self) -> tuple[int, int, int] | None:
        if self._file is None:
            return None
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _digests(name: str, text: str | None) -> list[bytes]:
    tokens = list(_tokens(text or ""))
    if any(len(token) < SHORTEST for token in tokens):
        raise SettingsInvalid(
            [f"{name}: a token has at least {SHORTEST} characters (`openssl rand -hex 32` makes one)"]
        )
    return [sha256(token.encode()).digest() for token in tokens]


def _tokens(text: str) -> Iterable[str]:
    for line in text.splitlines():
        yield from filter(None, (part.strip() for part in line.partition("#")[0].split(",")))
