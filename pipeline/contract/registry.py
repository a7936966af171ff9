"""A client of a schema registry: the part of Confluent's REST API that Apicurio and Karapace speak as well."""

import ssl
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import UUID

import httpx
import orjson

from pipeline.contract.subjects import Subject
from pipeline.errors import RegistryRefused, RegistryUnavailable, SettingsInvalid
from pipeline.secrets import secret
from pipeline.settings import SchemaRegistrySettings

_TYPE = "application/vnd.schemaregistry.v1+json"
_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 15.0
_WAITS = (0.5, 2.0)  # seconds before the second and the third try
_LATER = frozenset({429, 500, 502, 503, 504})
_LARGEST = 4 * 1024 * 1024  # bytes of an answer
_URL, _LOGIN = "schema_registry.url", ("schema_registry.username", "schema_registry.password", "schema_registry.token")


@dataclass(frozen=True, slots=True)
class Registered:
    """A schema as a registry knows it. `version`: within its subject, None where it does not say.

    `guid`: Confluent's, since its version 8; others have none.
    """

    id: int
    version: int | None
    guid: UUID | None = None


class Registry:
    """As a context manager it lets its connections go on leaving. Each call is repeated where that may help; all of
    them may be.

    All raise RegistryUnavailable and RegistryRefused, which name the setting.
    """

    def __init__(self, settings: SchemaRegistrySettings) -> None:
        """Raises SettingsInvalid, also where no url is set."""
        if settings.url is None:
            raise SettingsInvalid(
                [f"{_URL} is not set: it says where the registry is (CLAIMWIRE_SCHEMA_REGISTRY__URL)"]
            )
        self.url = settings.url.rstrip("/")
        self._client = httpx.Client(
            headers={"Accept": f"{_TYPE}, application/json", "Content-Type": _TYPE, **_bearer(settings)},
            auth=_basic(settings),
            verify=_trusted(settings),
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            follow_redirects=False,  # one would carry the login elsewhere
        )

    def find(self, subject: Subject) -> Registered | None:
        """This very schema under this subject; None where it is not there."""
        answer = self._call("POST", f"/subjects/{_quoted(subject.name)}", _body(subject), none=(404,))
        return None if answer is None else _registered(answer)

    def exists(self, subject: Subject) -> bool:
        """Whether the subject has any version."""
        return self._call("GET", f"/subjects/{_quoted(subject.name)}/versions", none=(404,)) is not None

    def incompatible(self, subject: Subject) -> str | None:
        """Why the subject's rules do not take this schema as its next version, or "" where the registry does not say;
        None where they do."""
        path = f"/compatibility/subjects/{_quoted(subject.name)}/versions/latest?verbose=true"
        answer = self._call("POST", path, _body(subject))
        return None if answer.get("is_compatible") else " ".join(map(str, answer.get("messages") or ()))

    def register(self, subject: Subject) -> Registered:
        """Makes it the subject's next version, where it is not there yet."""
        answer = self._call("POST", f"/subjects/{_quoted(subject.name)}/versions", _body(subject))
        return self.find(subject) or _registered(answer)

    def compatibility(self, subject: Subject) -> str | None:
        """The subject's own level: BACKWARD, NONE and so on; None: that of the whole registry holds."""
        answer = self._call("GET", f"/config/{_quoted(subject.name)}", none=(404,))
        return None if answer is None else str(answer.get("compatibilityLevel") or answer.get("compatibility"))

    def set_compatibility(self, subject: Subject, level: str) -> None:
        """The subject's own level from now on."""
        self._call("PUT", f"/config/{_quoted(subject.name)}", {"compatibility": level})

    def close(self) -> None:
        """Lets the connections go."""
        self._client.close()

    def _call(self, method: str, path: str, body: Any = None, *, none: tuple[int, ...] = ()) -> Any:
        content = None if body is None else orjson.dumps(body)
        for wait in (*_WAITS, None):
            try:
                response = self._client.request(method, f"{self.url}{path}", content=content)
            except httpx.TransportError as error:
                detail = str(error) or type(error).__name__
            else:
                if response.status_code not in _LATER:
                    return self._answer(response, none)
                detail = f"status {response.status_code}{_said(response)}"
            if wait is None:
                raise RegistryUnavailable(self.url, detail)
            time.sleep(wait)
        raise AssertionError("not reached")

    def _answer(self, response: httpx.Response, none: tuple[int, ...]) -> Any:
        status, values = response.status_code, _json(response)
        if status in none and isinstance(values, dict) and str(values.get("error_code", "")).startswith(str(status)):
            return None
        if status in (401, 403):
            raise RegistryRefused(self.url, f"status {status}{_said(response)}", _LOGIN)
        if not response.is_success or not isinstance(values, dict | list):
            reason = f"status {status}{_said(response)}"
            if not isinstance(values, dict) or "error_code" not in values:
                reason += ": is this where the API begins? Apicurio's ends in /apis/ccompat/v7"
            raise RegistryRefused(self.url, reason, [_URL])
        return values

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _body(subject: Subject) -> dict[str, str]:
    return {"schemaType": "JSON", "schema": subject.schema}


def _registered(answer: dict[str, Any]) -> Registered:
    guid = answer.get("guid")
    return Registered(int(answer["id"]), answer.get("version"), UUID(guid) if guid else None)


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _json(response: httpx.Response) -> Any:
    try:
        return orjson.loads(response.content[:_LARGEST])
    except orjson.JSONDecodeError:
        return None


def _said(response: httpx.Response) -> str:
    values = _json(response)
    message = values.get("message") if isinstance(values, dict) else None
    return f" ({str(message)[:300]})" if message else ""


def _basic(settings: SchemaRegistrySettings) -> tuple[str, str] | None:
    if settings.username is None:
        return None
    return settings.username, secret("schema_registry.password", settings.password, settings.password_file) or ""


def _bearer(settings: SchemaRegistrySettings) -> dict[str, str]:
    token = secret("schema_registry.token", settings.token, settings.token_file)
    return {} if token is None else {"Authorization": f"Bearer {token.strip()}"}


def _trusted(settings: SchemaRegistrySettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        said = error.strerror or str(error)
        raise SettingsInvalid([f"schema_registry.ca_file: {settings.ca_file}: {said}"]) from None
