"""The gateway's OpenAPI document, 3.1."""

from typing import Any

from pipeline import __version__
from pipeline.formats import FORMATS
from pipeline.settings import Settings

_TYPES = [name for entry in FORMATS.values() for name in entry.content_types]
_PROBLEMS = {
    "400": "The connection ended inside the body.",
    "401": "No token, or one that is not known.",
    "403": "There are no tokens, and the request comes from a web page.",
    "408": "The body did not arrive in time; nothing was kept.",
    "413": "The body, an article or the number of articles is beyond a limit.",
    "415": "No format has this content type or looks like this body; Accept-Post lists the types.",
    "422": "Every item is refused; `refused` says why.",
    "429": "More requests a second than a token may, or too many without one. See Retry-After.",
    "503": "Not known to be stored: the cluster does not acknowledge, or too much is going on. Send it again, see "
    "Retry-After.",
}
_ITEM = {"type": ["integer", "string", "null"], "description": "Which of several: an index, a line, an identifier."}
_REASON = {"type": "string", "description": "For machines."}
_DETAIL = {"type": "string", "description": "For people."}


def document(settings: Settings) -> dict[str, Any]:
    """As `GET /openapi.json` gives it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "claimwire gateway",
            "version": __version__,
            "description": "News articles in; on the Kafka topic once they are acknowledged.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/articles": {"post": _post(settings)},
            "/health": {"get": _state("health", "The process answers.")},
            "/ready": {"get": _state("ready", "An article could be stored now.")},
            "/openapi.json": {"get": _state("openapi", "This document.")},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Receipt": _receipt(),
                "Problem": _problem(),
                "Skipped": _object({"item": _ITEM, "reason": _REASON, "detail": _DETAIL}),
                "Refused": _object(
                    {
                        "item": _ITEM,
                        "reason": _REASON,
                        "detail": _DETAIL,
                        "remedy": {"type": "string", "description": "What to do about it."},
                    }
                ),
                "Counts": _object(
                    {name: {"type": "integer"} for name in ("accepted", "withdrawn", "skipped", "refused")}
                ),
            },
        },
    }


def _post(settings: Settings) -> dict[str, Any]:
    limits = settings.gateway
    return {
        "operationId": "postArticles",
        "summary": "Store articles",
        "description": "One article or many, in any of the formats; gzip or zstd around them is seen by itself. "
        f"At most {limits.max_body_bytes} bytes and {limits.max_articles} articles.",
        "security": [{"token": []}] if limits.tokens or limits.tokens_file else [{}],
        "parameters": [
            _query("format", "The format, where the content type does not say it.", {"enum": list(FORMATS)}),
            _query("url", "Where the body was fetched from: for articles that do not say it.", {"format": "uri"}),
            {
                "name": "traceparent",
                "in": "header",
                "description": "W3C trace context: goes with the articles to their claims.",
                "schema": {"type": "string"},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {name: {"schema": {}} for name in _TYPES},
        },
        "responses": {
            "202": {
                "description": "Every article in `accepted` is on the topic, acknowledged by the cluster.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
            },
            **{status: _answer(description) for status, description in _PROBLEMS.items()},
        },
    }


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", **schema}}


def _state(name: str, description: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": name,
        "security": [{}],
        "responses": {"200": {"description": description, "content": {"application/json": {"schema": {}}}}},
    }
    if name == "ready":
        found["responses"]["503"] = _answer("It could not; `detail` says what is missing.")
    return found


def _answer(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _receipt() -> dict[str, Any]:
    ids = {"type": "array", "items": {"type": "string"}}
    return _object(
        {
            "accepted": {**ids, "description": "Ids of the articles that are stored, in the order of the body."},
            "withdrawn": {**ids, "description": "Ids of articles that the body takes back."},
            **_left_out(),
        }
    )


def _problem() -> dict[str, Any]:
    found = _object(
        {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": _DETAIL,
        }
    )
    return {**found, "description": "RFC 9457.", "properties": {**found["properties"], **_left_out()}}


def _left_out() -> dict[str, Any]:
    return {
        "skipped": _array("Skipped", "Items without an article, the first hundred."),
        "refused": _array("Refused", "Items that cannot be read, the first hundred."),
        "counts": {"$ref": "#/components/schemas/Counts"},
    }


def _array(name: str, description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}, "description": description}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}
