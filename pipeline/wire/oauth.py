"""Tokens for SASL OAUTHBEARER: out of a file that somebody renews, or from where they are issued (RFC 6749, 4.4)."""

import asyncio
import base64
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import orjson
from aiokafka.abc import AbstractTokenProvider as AiokafkaProvider
from kafka.net.sasl.oauth import AbstractTokenProvider as KafkaPythonProvider

from pipeline.errors import AccessDenied, BrokerUnavailable
from pipeline.secrets import secret
from pipeline.settings import KafkaSettings

_SECONDS = 10.0
_LARGEST = 64 * 1024  # bytes of an answer
_EARLY = 0.8  # of a token's life, after which a new one is asked for
_DEFAULT_LIFE = 300.0  # seconds, where the issuer does not say


class TokenSource:
    """Gives a token that is valid now. From any thread."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0  # monotonic seconds

    def token(self) -> str:
        """Blocking. Raises SettingsInvalid, AccessDenied, BrokerUnavailable where the issuer does not answer."""
        settings = self._settings
        if settings.token_url is None:
            return (secret("kafka.token", None, settings.token_file) or "").strip()
        with self._lock:
            if time.monotonic() >= self._until:
                self._token, life = self._issued(settings.token_url)
                self._until = time.monotonic() + _EARLY * life
            return self._token

    def _issued(self, url: str) -> tuple[str, float]:
        settings = self._settings
        password = secret("kafka.client_secret", settings.client_secret, settings.client_secret_file) or ""
        form = {"grant_type": "client_credentials"} | ({"scope": settings.scope} if settings.scope else {})
        user = ":".join(urllib.parse.quote_plus(part) for part in (settings.client_id or "", password))
        request = urllib.request.Request(
            url,
            urllib.parse.urlencode(form).encode(),
            {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}", "Accept": "application/json"},
        )
        try:
            with _opener().open(request, timeout=_SECONDS) as response:
                answer: dict[str, Any] = orjson.loads(response.read(_LARGEST))
            return str(answer["access_token"]), float(answer.get("expires_in", _DEFAULT_LIFE))
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise BrokerUnavailable(url, f"no token: status {error.code}") from None
            raise AccessDenied(
                f"{url} gives no token: status {error.code}",
                ["kafka.token_url", "kafka.client_id", "kafka.client_secret"],
            ) from None
        except (OSError, urllib.error.URLError) as error:
            raise BrokerUnavailable(url, f"no token: {error}") from None
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise AccessDenied(f"{url} answers without a token", ["kafka.token_url"]) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        """None: a redirect would carry the secret elsewhere."""


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect)


class ForKafkaPython(KafkaPythonProvider):  # type: ignore[misc]
    """As kafka-python asks for tokens."""

    def __init__(self, source: TokenSource) -> None:
        super().__init__()
        self._source = source

    def token(self) -> str:
        """A token."""
        return self._source.token()


class ForAiokafka(AiokafkaProvider):  # type: ignore[misc]
    """As aiokafka, and Faust with it, asks for tokens."""

    def __init__(self, source: TokenSource) -> None:
        self._source = source

    async def token(self) -> str:
        """A token."""
        return await asyncio.to_thread(self._source.token)
