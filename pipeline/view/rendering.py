"""One view, three forms: a page, JSON, CSV."""

import csv
import hashlib
import inspect
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote_plus, urlencode

import orjson
from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import Row

from pipeline.consumers.database.rows import identifier, name_key
from pipeline.view.chart import drawn
from pipeline.view.safe_text import headline, visible, web_address

Form: TypeAlias = Literal["html", "json", "csv"]
_LONGEST_NAME = 200  # characters, in an address
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class View:
    """What a view has to say. `data`: its JSON; `rows`: its CSV; `extra`: what its template needs beyond `data`."""

    template: str
    data: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    extra: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


def plain(row: Row[Any]) -> dict[str, Any]:
    """A row by column; SQLAlchemy's names are strings of a kind that no JSON writer takes."""
    return {str(name): value for name, value in row._asdict().items()}


def add(router: APIRouter, path: str, view: Callable[..., View]) -> None:
    """Serves `view` as a page under `path`, as JSON under `path`.json, and as CSV under `path`.csv.

    Its parameters are those of the address, after `db`, a Connection, and but for `request`, which it may take.
    """
    summary = (inspect.getdoc(view) or "").split("\n")[0]
    for form, suffix in (("html", ""), ("json", ".json"), ("csv", ".csv")):
        router.add_api_route(
            path + suffix,
            _endpoint(view, form),  # type: ignore[arg-type]
            name=f"{view.__name__}{suffix}",
            summary=summary,
            methods=["GET", "HEAD"] if form == "html" else ["GET"],
            include_in_schema=form != "html",
            response_class=Response,
            responses={200: {"content": {_TYPES[form]: {}}}},
            operation_id=f"{view.__name__}_{form}",
        )


def page(request: Request, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
    """A template as a response. `values`: its own; every template also has what all pages share."""
    state = request.app.state
    shared = {
        "path": request.url.path,
        "query": [(name, value) for name, value in request.query_params.multi_items() if value],
        "problem": state.sink.problem,
        "catching_up": state.sink.catching_up,
        "signs_in": state.signs_in,
    }
    text = TEMPLATES.get_template(template).render({**shared, **values})
    return Response(text, status, media_type="text/html; charset=utf-8")


def _endpoint(view: Callable[..., View], form: Form) -> Callable[..., Response]:
    parameters = dict(inspect.signature(view).parameters)
    asks = "request" in parameters

    def endpoint(request: Request, **given: Any) -> Response:
        if asks:
            given["request"] = request
        # Not a dependency of the framework's: that would be two more changes of thread for each request.
        with request.app.state.engine.connect() as db:
            found = view(db, **given)
        return _respond(request, found, form)

    # What the framework reads: the view's own parameters, and the request.
    own = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    given = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, one in parameters.items()
        if name not in ("db", "request")
    ]
    endpoint.__signature__ = inspect.Signature([own, *given])  # type: ignore[attr-defined]
    endpoint.__doc__ = view.__doc__
    return endpoint


def _respond(request: Request, view: View, form: Form) -> Response:
    if form == "json":
        body = orjson.dumps(view.data, option=orjson.OPT_UTC_Z, default=str)
        return Response(body, view.status, media_type=_TYPES[form])
    if form == "csv":
        name = request.url.path.strip("/").replace("/", "-")
        headers = {"content-disposition": f'attachment; filename="claimwire-{name}"'}
        return Response(_csv(view.rows), view.status, headers, _TYPES[form])
    return page(request, view.template, {**view.data, **view.extra}, view.status)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return _moment(value)
    # A spreadsheet would take it for a formula, and an article may bring one that sends data away.
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _day(value: datetime | str | None) -> Markup:
    if value is None:
        return Markup("undated")
    # Records' own JSON, as it lies in the database, has times as text.
    utc = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
    moment = utc.isoformat(timespec="seconds")[:19]
    return Markup(f'<time datetime="{moment}Z">{moment[:10]}</time>')


def _anchor(claim: str) -> str:
    """The fragment under which a story shows a claim; ids may hold anything."""
    plain = claim.isascii() and claim.replace("_", "").replace("-", "").isalnum()
    return "claim-" + (claim if plain else hashlib.sha256(claim.encode("utf-8", "replace")).hexdigest()[:24])


def _address(path: str, **values: object) -> str:
    """A path with a query; values that are empty are left out, ids and names that are too long for one cut short."""
    given = "&".join(
        f"{name}={quote_plus(str(_short(name, value)), errors='replace')}"
        for name, value in values.items()
        if value not in (None, "", 0)
    )
    return f"{path}?{given}" if given else path


def _short(name: str, value: object) -> object:
    if name == "id":
        return identifier(str(value))
    return name_key(str(value)) if name == "name" and len(str(value)) > _LONGEST_NAME else value


def _sibling(path: str, query: Sequence[tuple[str, str]], suffix: str) -> str:
    """The address of the same view in another form."""
    pairs = urlencode(list(query), errors="replace")
    return f"{path}{suffix}" + (f"?{pairs}" if pairs else "")


class _Environment(Environment):
    """Templates look into dicts for the most part, where Jinja first tries an attribute, at the price of an error."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` in a template."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def _finalize(value: Any) -> Any:
    """Every value that a template prints: nothing hidden gets into a page."""
    return visible(value) if type(value) is str else "" if value is None else value


def _templates() -> Environment:
    environment = _Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "headline": headline,
        "anchor": _anchor,
        "day": _day,
        "drawn": drawn,
        "moment": _moment,
        "web_address": web_address,
    }
    environment.globals |= {"address": _address, "sibling": _sibling}
    return environment


_TYPES: dict[str, str] = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
TEMPLATES = _templates()
