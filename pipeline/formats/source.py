"""One input on its way through a decoder: its bytes as a stream, and what was said about them."""

from __future__ import annotations

import io
from dataclasses import dataclass

from pipeline.errors import ArticleTooLarge
from pipeline.settings import LimitsSettings


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes to decode, decompressed.

    `charset`: as the transport declared it (`content-type: …; charset=…`). `url`: where the bytes were fetched from,
    where known. `name`: file name, where there is one, without the suffix of a compression.
    """

    stream: io.BufferedReader
    limits: LimitsSettings
    charset: str | None = None
    name: str | None = None
    url: str | None = None

    def read(self) -> bytes:
        """All of it. Raises ArticleTooLarge beyond `limits.max_record_bytes`, without reading on."""
        limit = self.limits.max_record_bytes
        data = self.stream.read(limit + 1)
        if len(data) > limit:
            raise ArticleTooLarge(None, limit, "bytes")
        return data
