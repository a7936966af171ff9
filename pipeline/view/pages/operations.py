"""Operations: how far the database, the annotator and replay runs are, how fast, and what failed."""

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection, func, select

from pipeline import __version__
from pipeline.consumers.database import schema
from pipeline.consumers.database.rows import FILLINGS
from pipeline.view.rendering import View, add


def operations(db: Connection, request: Request) -> View:
    """Lag by partition, rate, rows, dead letters by reason, replay runs."""
    state = request.app.state
    cache = state.cache

    def rows() -> list[dict[str, Any]]:
        return [
            {"topic": name, "rows": db.execute(select(func.count()).select_from(filling.table)).scalar_one()}
            for name, filling in FILLINGS.items()
        ]

    about = db.execute(select(schema.about)).one()
    sink, watch = state.sink.status(), state.watch.status()
    data = {
        "version": __version__,
        "problem": state.sink.problem,
        "rebuilding": about.rebuilding,
        "sink": sink,
        "groups": watch["groups"],
        "dead_letters": watch["dead_letters"],
        "runs": watch["runs"],
        "rows": cache.get("rows", rows),
    }
    lags = [{"what": "this database", **one} for one in sink["lag"]]
    lags += [{"what": group["group"], **one} for group in watch["groups"] for one in group["lag"]]
    groups = [("By this database", sink["lag"]), *((f"By {one['group']}", one["lag"]) for one in watch["groups"])]
    return View("operations.html", data, lags, {"lags": [(title, _by_topic(lag), lag) for title, lag in groups]})


def _by_topic(lag: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for one in lag:
        topic = found.setdefault(one["topic"], {"partitions": 0, "lag": 0})
        topic["partitions"] += 1
        topic["lag"] += one["lag"]
    return found


router = APIRouter(tags=["operations"])
add(router, "/operations", operations)


@router.get("/healthz", summary="200 while the page works and its database is not failing; 503 otherwise.")
def healthz(request: Request) -> dict[str, str]:
    """For probes: asks the database."""
    from fastapi import HTTPException

    with request.app.state.engine.connect() as db:
        db.execute(select(schema.about)).one()
    if request.app.state.sink.problem:
        raise HTTPException(503, "the database is not being filled: see /operations")
    return {"status": "ok"}
