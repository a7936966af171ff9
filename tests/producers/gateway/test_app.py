import asyncio
import gzip
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from openapi_spec_validator import validate
from pydantic import SecretStr

from pipeline.errors import PortInUse, SettingsInvalid
from pipeline.formats import FORMATS
from pipeline.ids import article_id
from pipeline.producers.gateway.app import app, run
from pipeline.settings import GatewaySettings, KafkaSettings, LimitsSettings, Settings
from pipeline.wire.broker import LocalBroker, free_port
from tests.kafka import records
from tests.producers.gateway.service import gateway
from tests.producers.gateway.storm import storm

JSON = {"content-type": "application/json"}
TOKEN = "a-token-of-some-length"


def settings_with(path: Path, servers: str = "127.0.0.1:1", **limits: Any) -> Settings:
    return Settings(state_dir=path, kafka=KafkaSettings(bootstrap_servers=servers), gateway=GatewaySettings(**limits))


def ask(settings: Settings, talk: Callable[[httpx.AsyncClient], Coroutine[Any, Any, httpx.Response]]) -> httpx.Response:
    """The answer of a gateway inside this process."""

    async def main() -> httpx.Response:
        service = app(settings)
        transport = httpx.ASGITransport(app=service)
        async with (
            service.router.lifespan_context(service),
            httpx.AsyncClient(transport=transport, base_url="http://gateway") as client,
        ):
            return await talk(client)

    return asyncio.run(main())


def post(settings: Settings, content: Any, path: str = "/articles", **headers: str) -> httpx.Response:
    return ask(settings, lambda client: client.post(path, content=content, headers=headers))


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body, which must be a problem of that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    return body


def test_without_a_broker_nothing_is_acknowledged(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    answer = post(settings, b'{"body": "Anna says no."}', **JSON)
    assert "no Kafka broker answers" in is_problem(answer, 503)["detail"]
    assert int(answer.headers["retry-after"]) > 0
    is_problem(ask(settings, lambda client: client.get("/ready")), 503)
    assert ask(settings, lambda client: client.get("/health")).json() == {"status": "alive"}


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_beyond_the_limit_is_not_read_on(declared: bool, tmp_path: Path) -> None:
    async def chunks() -> Any:
        for _ in range(3):
            yield bytes(100)
        pytest.fail("it read on")

    content = bytes(1000) if declared else chunks()
    body = is_problem(post(settings_with(tmp_path, max_body_bytes=200), content), 413)
    assert body["limit"] == 200
    assert not list((tmp_path / "gateway").iterdir())


def test_a_body_that_does_not_arrive_is_given_up(tmp_path: Path) -> None:
    async def chunks() -> Any:
        yield b"{"
        await asyncio.sleep(30)

    is_problem(post(settings_with(tmp_path, body_seconds=0.2), chunks()), 408)


def test_what_no_format_reads_is_415(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    answers = [
        post(settings, b"%PDF-1.7", **{"content-type": "application/pdf"}),
        post(settings, b"body=x", **{"content-type": "application/x-www-form-urlencoded"}),
        post(settings, b"{}", **JSON, **{"content-encoding": "br"}),
        post(settings, b"{}", "/articles?format=word", **JSON),
    ]
    for answer in answers:
        is_problem(answer, 415)


def test_no_broker_is_needed_to_refuse(tmp_path: Path) -> None:
    settings = settings_with(tmp_path).model_copy(update={"limits": LimitsSettings(max_record_bytes=1000)})
    refused = is_problem(post(settings, b'{"headline": ""}', **JSON), 422)
    assert [item["reason"] for item in refused["refused"]] == ["empty"]
    assert "Correct the article" in refused["detail"]
    is_problem(post(settings, b"[1, 2", **JSON), 422)
    is_problem(post(settings, orjson.dumps({"body": "x" * 2000}), **JSON), 413)
    is_problem(post(settings, gzip.compress(bytes(64 * 1024 * 1024)), **JSON), 413)


def _when_ready(settings: Settings, content: bytes, path: str = "/articles", **headers: str) -> httpx.Response:
    async def talk(client: httpx.AsyncClient) -> httpx.Response:
        while (await client.get("/ready")).status_code != 200:  # noqa: ASYNC110 (of another process, as a rule)
            await asyncio.sleep(0.05)
        return await client.post(path, content=content, headers={**JSON, **headers})

    return ask(settings, talk)


@pytest.mark.broker
def test_articles_are_in_the_topic_when_it_answers(topics: Settings) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    lines = [
        orjson.dumps({"id": "one", "body": "Anna says no."}),
        b"{",
        orjson.dumps({"url": "https://strait.example/2", "headline": "Ferry", "revision": 2}),
    ]
    answer = _when_ready(
        topics, gzip.compress(b"\n".join(lines)), "/articles?format=jsonl", traceparent=trace, **{"content-type": "x/y"}
    )
    assert answer.status_code == 202, answer.text
    second = article_id(url="https://strait.example/2", headline=None, body="")
    body = answer.json()
    assert body["accepted"] == ["one", second]
    assert body["counts"] == {"accepted": 2, "withdrawn": 0, "skipped": 0, "refused": 1}
    assert body["refused"][0]["reason"] == "undecodable"
    stored = {record.key.decode(): record for record in records(topics, "articles.raw")}
    assert stored.keys() == {"one", second}
    headers = dict(stored[second].headers)
    assert headers["ce_source"] == b"/claimwire/gateway"
    assert headers["ce_id"] == f"{second}@2".encode()
    assert headers["traceparent"] == trace.encode()
    assert orjson.loads(stored["one"].value)["body"] == "Anna says no."


@pytest.mark.broker
def test_more_articles_than_a_request_may_bring(topics: Settings) -> None:
    settings = topics.model_copy(update={"gateway": GatewaySettings(max_articles=2)})
    lines = b"\n".join(orjson.dumps({"id": f"a{number}", "body": "x"}) for number in range(5))
    body = is_problem(_when_ready(settings, lines, "/articles?format=jsonl"), 413)
    assert body["accepted"] == ["a0", "a1"]
    assert {record.key for record in records(topics, "articles.raw")} == {b"a0", b"a1"}


@pytest.mark.broker
def test_a_cancelled_item_withdraws_its_article(topics: Settings) -> None:
    item = {"uri": "urn:strait:9", "pubstatus": "canceled", "headline": "Ferry", "body_text": "x"}
    answer = _when_ready(topics, orjson.dumps(item), "/articles?format=ninjs")
    assert answer.status_code == 202, answer.text
    (withdrawn,) = answer.json()["withdrawn"]
    (record,) = records(topics, "articles.raw")
    assert (record.key.decode(), record.value) == (withdrawn, None)


def test_tokens(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, tokens=SecretStr(f"another-long-token, {TOKEN}"))
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
        answer = post(settings, b"{}", **JSON, **headers)
        is_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert post(settings, b"{}", **JSON, authorization=f"Bearer {TOKEN}").status_code == 422

    async def guess(client: httpx.AsyncClient) -> httpx.Response:
        for number in range(20):
            answer = await client.post("/articles", headers={"authorization": f"Bearer {number}"})
        right = await client.post("/articles", content=b"{}", headers={"authorization": f"Bearer {TOKEN}", **JSON})
        assert right.status_code == 422
        return answer

    assert int(ask(settings, guess).headers["retry-after"]) > 0
    is_problem(ask(settings, guess), 429)


def test_a_token_may_ask_only_so_often(tmp_path: Path) -> None:
    async def hurry(client: httpx.AsyncClient) -> httpx.Response:
        for _ in range(10):
            answer = await client.post("/articles", content=b"{}", headers=JSON)
        return answer

    answer = ask(settings_with(tmp_path, requests_per_second=1.0), hurry)
    is_problem(answer, 429)
    assert int(answer.headers["retry-after"]) >= 1


def test_without_tokens_web_pages_are_refused(tmp_path: Path) -> None:
    is_problem(post(settings_with(tmp_path), b"x", origin="https://evil.example"), 403)


def test_without_tokens_only_this_machine_is_served(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"gateway\.tokens_file"):
        app(settings_with(tmp_path, host="0.0.0.0"))
    app(settings_with(tmp_path, host="0.0.0.0", anonymous=True))


def test_a_request_waits_for_its_turn_and_not_for_ever(tmp_path: Path) -> None:
    async def never() -> Any:
        yield b"{"
        await asyncio.sleep(3)

    async def two(client: httpx.AsyncClient) -> httpx.Response:
        first = asyncio.create_task(client.post("/articles", content=never()))
        await asyncio.sleep(0.2)
        second = await client.post("/articles", content=b"{}", headers=JSON)
        first.cancel()
        return second

    body = is_problem(ask(settings_with(tmp_path, requests=1, queue_seconds=0.2), two), 503)
    assert "at a time" in body["detail"]


def test_paths_and_methods_that_are_not_there_are_problems_too(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    is_problem(ask(settings, lambda client: client.get("/")), 404)
    assert ask(settings, lambda client: client.get("/articles")).headers["allow"] == "POST"
    is_problem(ask(settings, lambda client: client.get("/articles")), 405)


def test_the_document_is_openapi_and_names_every_answer(tmp_path: Path) -> None:
    found = ask(settings_with(tmp_path), lambda client: client.get("/openapi.json")).json()
    validate(found)
    operation = found["paths"]["/articles"]["post"]
    assert {"202", "401", "408", "413", "415", "422", "429", "503"} <= operation["responses"].keys()
    types = {name for entry in FORMATS.values() for name in entry.content_types}
    assert operation["requestBody"]["content"].keys() == types


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortInUse, match=str(other.getsockname()[1])) as caught:
            run(settings_with(tmp_path, port=other.getsockname()[1]))
    assert "gateway.port" in caught.value.remedy


def test_it_starts_without_a_broker_and_stops_when_told(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, port=free_port())
    with gateway(settings, CLAIMWIRE_GATEWAY__TOKENS=TOKEN) as service:
        while "listening at" not in service.log.read_text():
            assert service.process.poll() is None, service.log.read_text()
        assert httpx.get(f"{service.url}/health").status_code == 200
        answer = httpx.post(f"{service.url}/articles", content=b"x", headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 503
        assert service.stop() == 0
        said = service.log.read_text()
    assert "Traceback" not in said
    assert TOKEN not in said


@pytest.mark.broker
@pytest.mark.slow
def test_what_is_acknowledged_is_in_the_topic_once_though_the_broker_dies(
    own_broker: LocalBroker, own_settings: Settings
) -> None:
    settings = own_settings.model_copy(update={"gateway": GatewaySettings(port=free_port())})
    found = storm(settings, own_broker, posts=300, connections=16, kills=2)
    assert found.acknowledged == 300
    assert found.kills == 2
    assert (found.lost, found.doubled) == ([], [])
    assert not found.again
