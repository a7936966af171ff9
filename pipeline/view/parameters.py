"""What pages take in their addresses."""

from typing import Annotated, TypeAlias

from fastapi import Query

Text: TypeAlias = Annotated[str, Query(max_length=200)]
"""A filter that a person writes."""

Label: TypeAlias = Annotated[str, Query(pattern="^(|favor|neutral|against)$")]
"""A stance, or none."""

Seq: TypeAlias = Annotated[int, Query(ge=0, le=2**62)]
"""The number of the row after which a page goes on; 0: from the newest."""

Id: TypeAlias = Annotated[str, Query(min_length=1, max_length=2000)]
"""An id or a whole name."""

Cursor: TypeAlias = Annotated[str, Query(max_length=80)]
"""Where a page by time goes on (see `claims.cursor`); empty: from the latest."""
