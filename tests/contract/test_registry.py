"""The schemas in a real registry, and the ids of them in records."""

import base64
import re
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from pipeline.cli.main import cli
from pipeline.contract import registering, subjects
from pipeline.contract.record_schemas import record_schema
from pipeline.contract.registry import Registered, Registry
from pipeline.errors import (
    RegistryRefused,
    RegistryUnavailable,
    SchemaNotRegistered,
    SchemasIncompatible,
    SettingsInvalid,
)
from pipeline.producers import targets
from pipeline.records import Claim
from pipeline.settings import SchemaRegistrySettings, Settings
from pipeline.topics import CLAIMS, TOPICS
from pipeline.wire.broker import free_port
from pipeline.wire.schema_ids import HEADER, SchemaIds, encoded
from schemas.record_schemas import example, record_types
from tests.contract.validators import of_schema
from tests.kafka import records
from tests.processors.harness import Wire, annotator
from tests.registry import guarded

JSON_TOPICS = [topic for topic in TOPICS.values() if topic.value is not None]
_BASIC = "Basic " + base64.b64encode(b"claimwire:correct-horse").decode()


@pytest.fixture
def settings(registry_url: str, request: pytest.FixtureRequest) -> Settings:
    """Those of a registry that knows no subject of this test's prefix."""
    return at(registry_url, re.sub(r"\W", "-", request.node.name) + ".")


def at(url: str, prefix: str = "t.", **more: Any) -> Settings:
    registry = SchemaRegistrySettings.model_validate({"url": url, **more})
    return Settings(topic_prefix=prefix, schema_registry=registry)


def changed(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """From now on this version writes claims by another schema."""

    def other(type: type) -> Any:
        schema = record_schema(type)
        if type is CLAIMS.value:
            change(schema)
        return schema

    monkeypatch.setattr("pipeline.contract.subjects.record_schema", other)


def run(settings: Settings, *arguments: str) -> Result:
    options = ["--set", f"topic_prefix={settings.topic_prefix}"]
    if settings.schema_registry.url:
        options += ["--set", f"schema_registry.url={settings.schema_registry.url}"]
    return CliRunner().invoke(cli, [*options, "schemas", *arguments])


@pytest.mark.parametrize("record", record_types(), ids=lambda record: record.__name__)
def test_what_is_registered_is_what_is_written(record: type) -> None:
    schema = of_schema(
        {**subjects.registered_schema(record), "$schema": "https://json-schema.org/draft/2020-12/schema"}
    )
    assert schema.is_valid(example(record))
    assert not schema.is_valid({**example(record), "another": 1})


@pytest.mark.usefixtures("bare")
def test_registers_once_and_checks(settings: Settings) -> None:
    before, first, second, after = (run(settings, name) for name in ("check", "register", "register", "check"))
    assert (before.exit_code, before.output.count("absent")) == (1, len(JSON_TOPICS))
    assert "`claimwire schemas register` registers them" in before.output
    assert first.exit_code == 0
    assert first.output.count("version 1, id ") == len(JSON_TOPICS)
    assert f"registered  {settings.topic_prefix}claims-value  " in first.output
    assert second.output == f"all {len(JSON_TOPICS)} schemas are registered\n"
    assert (after.exit_code, after.output.count("BACKWARD")) == (0, len(JSON_TOPICS))


BREAKING: dict[str, Any] = {
    "another type": lambda schema: schema["properties"]["id"].update(type="integer"),
    "a field without a default": lambda schema: (
        schema["properties"].update(mood={"type": "string"}),
        schema["required"].append("mood"),
    ),
    "fewer values": lambda schema: schema["$defs"]["StanceLabel"]["properties"]["label"]["enum"].remove("favor"),
}


@pytest.mark.usefixtures("bare")
def test_the_registry_judges_the_next_version(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    list(registering.register(settings))
    url, name = settings.schema_registry.url, f"{settings.topic_prefix}claims-value"
    # As any client asks: by subject, and by id.
    latest = httpx.get(f"{url}/subjects/{name}/versions/latest").json()
    assert latest["schemaType"] == "JSON"
    by_id = httpx.get(f"{url}/schemas/ids/{latest['id']}").json()
    assert orjson.loads(by_id["schema"]) == subjects.registered_schema(Claim)
    with Registry(settings.schema_registry) as registry:
        for broken, change in BREAKING.items():
            with monkeypatch.context() as patch:
                changed(patch, change)
                assert registry.incompatible(subjects.subject(CLAIMS, settings)) is not None, broken
    with monkeypatch.context() as patch:
        changed(patch, BREAKING["another type"])
        with pytest.raises(SchemasIncompatible) as caught:
            list(registering.register(settings))
        assert list(caught.value.reasons) == [name]
        shown = run(settings, "check")
        assert (shown.exit_code, shown.output.count("incompatible")) == (1, 1)
    # A new field with a default is the next version.
    changed(monkeypatch, lambda schema: schema["properties"].update(mood={"type": "string", "default": ""}))
    (claims,) = [standing for standing in registering.register(settings) if standing.state == "outdated"]
    assert claims.subject.name == name
    assert claims.registered is not None
    assert claims.registered.version == 2


@pytest.mark.parametrize(
    ("login", "header"),
    [
        ({"username": "claimwire", "password": "correct-horse"}, _BASIC),
        ({"token": "correct-horse"}, "Bearer correct-horse"),
    ],
    ids=["basic", "bearer"],
)
def test_logs_in_and_tries_again(registry_url: str, tmp_path: Path, login: dict[str, str], header: str) -> None:
    (secret,) = [name for name in login if name != "username"]
    file = tmp_path / "secret"
    file.write_text(f"{login[secret]}\n")
    by_file = {**{k: v for k, v in login.items() if k != secret}, f"{secret}_file": file}
    with guarded(registry_url, header, failures=2) as url:
        for given in (login, by_file):
            with Registry(at(url, **given).schema_registry) as registry:
                assert not registry.exists(subjects.subject(CLAIMS, at(url, "none.")))
        with pytest.raises(RegistryRefused, match="status 401") as caught:
            registering.check(at(url, "none.", **{**login, secret: "wrong"}))
    assert "schema_registry.password" in caught.value.remedy
    assert "wrong" not in str(caught.value)


def test_what_cannot_be_reached_names_the_setting(registry_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(RegistryUnavailable) as away:
        registering.check(at(f"http://127.0.0.1:{free_port()}"))
    assert "CLAIMWIRE_SCHEMA_REGISTRY__URL" in away.value.remedy
    with pytest.raises(RegistryRefused, match="/apis/ccompat/v7") as elsewhere:
        registering.check(at(registry_url.removesuffix("/apis/ccompat/v7")))
    assert "schema_registry.url" in elsewhere.value.remedy


@pytest.mark.usefixtures("bare")
def test_without_a_registry_the_setting_is_named() -> None:
    result = run(Settings(), "check")
    assert isinstance(result.exception, SettingsInvalid)
    assert "CLAIMWIRE_SCHEMA_REGISTRY__URL" in result.exception.message


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "registry:8081"},
        {"url": "http://user:secret@registry"},
        {"url": "http://registry", "username": "u"},
        {"url": "http://registry", "token": "t", "username": "u", "password": "p"},
        {"url": "http://registry", "ca_file": "ca.pem"},
        {"headers": True},
        {"token": "t"},
    ],
)
def test_settings_that_do_not_hold_together_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SchemaRegistrySettings.model_validate(wrong)


def test_the_header_has_confluents_forms() -> None:
    import uuid

    guid = uuid.UUID("89791762-2336-4186-9674-299b90a802e2")
    assert encoded(Registered(7, 1)) == b"\x00\x00\x00\x00\x07"
    assert encoded(Registered(7, 1, guid)) == b"\x01" + guid.bytes


def test_no_header_unless_asked_for(settings: Settings) -> None:
    assert SchemaIds(settings).headers(CLAIMS.full_name(settings.topic_prefix), b"{}") == []


@pytest.mark.broker
@pytest.mark.slow
def test_records_say_their_schema(topics: Settings, registry_url: str) -> None:
    registry = SchemaRegistrySettings(url=registry_url, headers=True)
    settings = topics.model_copy(update={"schema_registry": registry})
    with pytest.raises(SchemaNotRegistered, match="targets-value") as caught:
        targets.add(settings, "The bridge opens")
    assert "claimwire schemas register" in caught.value.remedy
    list(registering.register(settings))
    targets.add(settings, "The bridge opens")
    wire = Wire(settings)
    wire.stories(1)
    with annotator(wire):
        wire.wait("articles.annotated", 1)
        wire.settled()
    wire.close()
    with Registry(registry) as known:
        found = 0
        for topic in JSON_TOPICS:
            registered = known.find(subjects.subject(topic, settings))
            assert registered is not None
            for record in records(settings, topic.name):
                found += 1
                headers = dict(record.headers)
                assert headers[HEADER] == encoded(registered)
                assert orjson.loads(record.value)
    assert found >= 3
    assert HEADER not in dict(records(settings, "articles.raw")[0].headers)


def test_the_topics_of_a_run_have_the_schema_of_the_live_ones(settings: Settings) -> None:
    list(registering.register(settings))
    on = settings.schema_registry.model_copy(update={"headers": True})
    ids = SchemaIds(settings.model_copy(update={"schema_registry": on}))
    prefix = settings.topic_prefix
    (live,) = ids.headers(f"{prefix}claims", b"{}")
    assert ids.headers(f"{prefix}claims.may", b"{}") == [live]
    assert ids.headers(f"{prefix}articles.annotated", b"{}") == ids.headers(f"{prefix}articles.annotated.may", b"{}")
    assert ids.headers(f"{prefix}articles.raw.may", b"{}") == []
    assert ids.headers(f"{prefix}claims", None) == []
