"""Live: claims as they arrive."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection, Engine, func, select

from pipeline.consumers.database.schema import claims
from pipeline.view.claims import PAGE, Filters, conditions, csv_rows, listed, newest
from pipeline.view.parameters import Label, Seq, Text
from pipeline.view.rendering import TEMPLATES, View, add

_POLL_SECONDS = 0.5
_HEARTBEAT_SECONDS = 15.0  # proxies end connections on which nothing comes
_MOST_AT_ONCE = 200  # claims that one look sends: a backfill must not flood a browser


def live(
    db: Connection, source: Text = "", publisher: Text = "", entity: Text = "", stance: Label = "", before: Seq = 0
) -> View:
    """Claims in the order in which they arrived, the newest first."""
    filters = Filters(source=source, publisher=publisher, entity=entity, stance=stance)
    where = conditions(db, filters)
    last = db.execute(select(func.max(claims.c.seq))).scalar() or 0
    if before > 0:
        where.append(claims.c.seq < before)
    found = listed(db, newest(where))
    following = found[-1]["seq"] if len(found) == PAGE else 0
    data = {"claims": found, "filters": filters, "next": following}
    return View("live.html", data, csv_rows(found), {"last": last, "before": before})


router = APIRouter(tags=["live"])
add(router, "/live", live)


@router.get("/live/events", summary="New claims as server-sent events: id is `seq`, data is HTML or JSON.")
async def live_events(
    request: Request,
    source: Text = "",
    publisher: Text = "",
    entity: Text = "",
    stance: Label = "",
    after: Annotated[int, Query(ge=-1, le=2**62)] = -1,
    form: Annotated[str, Query(pattern="^(html|json)$")] = "json",
) -> StreamingResponse:
    """`after`: the last `seq` that is known, by default what there is now; a browser that connects again says it."""
    again = request.headers.get("last-event-id", "")
    if again.isascii() and again.isdigit() and len(again) < 19:
        after = int(again)
    filters = Filters(source=source, publisher=publisher, entity=entity, stance=stance)
    events = _events(request, filters, after, form)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


class Newest:
    """The highest `seq` there is, looked up for all listeners together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()
        self._looked = 0.0
        self._last = 0

    async def get(self) -> int:
        """As of half a second ago, at most."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if now - self._looked > _POLL_SECONDS / 2:
                self._last = await asyncio.to_thread(self._look)
                self._looked = now
        return self._last

    def _look(self) -> int:
        with self._engine.connect() as connection:
            return connection.execute(select(func.max(claims.c.seq))).scalar() or 0


async def _events(request: Request, filters: Filters, after: int, form: str) -> AsyncIterator[str]:
    state = request.app.state
    last = await state.newest.get() if after < 0 else after
    yield "retry: 2000\n\n"
    quiet = 0.0
    while not state.stopping.is_set() and not await request.is_disconnected():
        newest_seq = await state.newest.get()
        if newest_seq > last:
            for claim in await asyncio.to_thread(_since, state.engine, filters, last):
                yield f"event: claim\nid: {claim['seq']}\n{_data(claim, form)}\n\n"
            last, quiet = newest_seq, 0.0
        elif newest_seq < last:
            last = newest_seq  # the database was filled anew
        if quiet >= _HEARTBEAT_SECONDS:
            yield ": still here\n\n"
            quiet = 0.0
        await asyncio.sleep(_POLL_SECONDS)
        quiet += _POLL_SECONDS


def _since(engine: Engine, filters: Filters, last: int) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        where = [*conditions(connection, filters), claims.c.seq > last]
        found = listed(connection, newest(where, limit=_MOST_AT_ONCE))
    return found[::-1]


def _data(claim: dict[str, Any], form: str) -> str:
    import orjson

    if form == "json":
        text = orjson.dumps(claim, option=orjson.OPT_UTC_Z).decode()
    else:
        text = TEMPLATES.get_template("_claim.html").render(claim=claim)
    return "\n".join(f"data: {line}" for line in text.splitlines())
