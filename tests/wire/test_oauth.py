import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson
import pytest

from pipeline.errors import AccessDenied, BrokerUnavailable
from pipeline.settings import KafkaSettings
from pipeline.wire.oauth import TokenSource
from tests.web import Web, answer, web


class Issuer:
    def __init__(self, site: Web) -> None:
        self.site = site
        self.asked: list[tuple[str, str]] = []
        site.posts["/token"] = self.issue

    def issue(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"])).decode()
        user = base64.b64decode(handler.headers["authorization"].removeprefix("Basic ")).decode()
        self.asked.append((user, body))
        if user != "anna:s%3Ae":
            answer(handler, status=401)
            return
        answer(handler, orjson.dumps({"access_token": f"t{len(self.asked)}", "expires_in": self.life}))

    life: float = 3600


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with web() as site:
        yield Issuer(site)


def source(issuer: Issuer, **changes: Any) -> TokenSource:
    settings = {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "OAUTHBEARER",
        "token_url": f"{issuer.site.url}/token",
        "client_id": "anna",
        "client_secret": "s:e",
        "scope": "kafka",
    }
    return TokenSource(KafkaSettings.model_validate({**settings, **changes}))


def test_a_token_is_asked_for_once_in_its_life(issuer: Issuer) -> None:
    tokens = source(issuer)
    assert [tokens.token(), tokens.token()] == ["t1", "t1"]
    assert issuer.asked == [("anna:s%3Ae", "grant_type=client_credentials&scope=kafka")]
    issuer.life = 0
    short = source(issuer)
    assert [short.token(), short.token()] == ["t2", "t3"]


def test_what_the_issuer_says_is_told_without_the_secret(issuer: Issuer) -> None:
    with pytest.raises(AccessDenied, match="status 401") as caught:
        source(issuer, client_secret="never-tell").token()
    assert "kafka.client_secret" in caught.value.remedy
    assert "never-tell" not in str(caught.value)
    issuer.site.posts["/token"] = lambda handler: answer(handler, b"<html>")
    with pytest.raises(AccessDenied, match="without a token"):
        source(issuer).token()
    issuer.site.posts["/token"] = lambda handler: answer(handler, status=302, location="http://127.0.0.1:9/steal")
    with pytest.raises(AccessDenied, match="status 302"):
        source(issuer).token()
    issuer.site.posts["/token"] = lambda handler: answer(handler, status=503)
    with pytest.raises(BrokerUnavailable, match="status 503"):
        source(issuer).token()
    with pytest.raises(BrokerUnavailable):
        source(issuer, token_url="http://127.0.0.1:1/token").token()
