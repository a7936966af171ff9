import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from pipeline.settings import ViewSettings
from tests.view import world
from tests.view.conftest import client_of

TOKEN = ViewSettings(token=SecretStr("sesame"))


@pytest.mark.parametrize(
    "address", ["/live", "/live.json", "/nothing", "/static/style.css", "/sign-in", "/search?kind=x"]
)
def test_every_response_says_what_the_browser_may_do(sqlite: Engine, address: str) -> None:
    headers = client_of(sqlite).get(address, follow_redirects=False).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_without_the_token_there_is_a_form_or_401(sqlite: Engine) -> None:
    world.populate(sqlite)
    client = client_of(sqlite, TOKEN)
    response = client.get("/story?id=art_1", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?to=%2Fstory%3Fid%3Dart_1")
    for address in ("/live.json", "/live.csv", "/live/events", "/openapi.json"):
        assert client.get(address).status_code == 401
        assert client.get(address, headers={"authorization": "Bearer barley"}).status_code == 401
    assert client.get("/live.json", headers={"authorization": "Bearer sesame"}).status_code == 200
    assert client.get("/healthz").status_code == 200


def test_the_cookie_lets_in_and_does_not_hold_the_token(sqlite: Engine) -> None:
    client = client_of(sqlite, TOKEN)
    assert client.post("/sign-in", content="token=barley").status_code == 401
    signed = client.post("/sign-in?to=/targets", content="token=sesame", follow_redirects=False)
    cookie = signed.headers["set-cookie"]
    assert signed.headers["location"] == "/targets"
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "sesame" not in cookie
    assert client.get("/live", follow_redirects=False).status_code == 200
    assert client.post("/sign-in", content="token=" + "x" * 100_000).status_code == 401


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb", ""])
def test_signing_in_leads_nowhere_else(sqlite: Engine, to: str) -> None:
    response = client_of(sqlite, TOKEN).post(
        "/sign-in", params={"to": to}, content="token=sesame", follow_redirects=False
    )
    assert response.headers["location"] == "/live"


def test_a_proxy_names_who_has_signed_in(sqlite: Engine) -> None:
    client = client_of(sqlite, ViewSettings(user_header="x-remote-user"))
    assert client.get("/live").status_code == 403
    assert client.get("/static/style.css").status_code == 403
    assert client.get("/live", headers={"x-remote-user": "ada"}).status_code == 200
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("cookie", ["claimwire=", "claimwire=\xff", "a;b;;=", "claimwire=" + "0" * 64])
def test_odd_cookies(sqlite: Engine, cookie: str) -> None:
    response = client_of(sqlite, TOKEN).get("/live.json", headers={b"cookie": cookie.encode("latin-1")})
    assert response.status_code == 401
