from pathlib import Path

import pytest
from pydantic import SecretStr

from pipeline.errors import SettingsInvalid
from pipeline.settings import Settings
from pipeline.settings_loading import explain, load

pytestmark = pytest.mark.usefixtures("bare")


def test_defaults() -> None:
    assert load() == Settings()
    assert load().topic_prefix == "claimwire."
    assert load().kafka.bootstrap_servers == "127.0.0.1:9092"


def test_later_layers_win_setting_by_setting(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "claimwire.toml").write_text("[topics]\npartitions = 7\nreplication = 2\n[limits]\nmax_depth = 9\n")
    monkeypatch.setenv("CLAIMWIRE_TOPICS__PARTITIONS", "8")
    monkeypatch.setenv("CLAIMWIRE_LIMITS__MAX_DEPTH", "10")
    settings = load(flags={"limits.max_depth": "11", "topic_prefix": None})
    assert (settings.topics.partitions, settings.topics.replication) == (8, 2)
    assert settings.limits.max_depth == 11


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS", "a:1,b:2", "kafka.bootstrap_servers"),
        ("CLAIMWIRE_TOPIC_PREFIX", "news.", "topic_prefix"),
        ("CLAIMWIRE_STATE_DIR", "state", "state_dir"),
        ("CLAIMWIRE_DELIVERY", "at_least_once", "delivery"),
    ],
)
def test_the_published_variables(variable: str, value: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    (found,) = [setting for setting in explain() if setting.name == name]
    assert (str(found.value), found.source) == (value, variable)


def test_the_database_that_a_platform_lends_gives_way_to_ours(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> tuple[object, str]:
        (setting,) = [setting for setting in explain() if setting.name == "database.url"]
        return setting.value, setting.source

    (bare / "claimwire.toml").write_text("database.url = 'sqlite:///file.db'")
    monkeypatch.setenv("DATABASE_URL", "")
    assert found() == (SecretStr("sqlite:///file.db"), "claimwire.toml")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///lent.db")
    assert found() == (SecretStr("sqlite:///lent.db"), "DATABASE_URL")
    monkeypatch.setenv("CLAIMWIRE_DATABASE__URL", "sqlite:///ours.db")
    assert found() == (SecretStr("sqlite:///ours.db"), "CLAIMWIRE_DATABASE__URL")


@pytest.mark.parametrize("given", [None, ""])
def test_without_an_address_the_local_broker_is_meant(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_BROKER__PORT", "9192")
    if given is not None:
        monkeypatch.setenv("CLAIMWIRE_KAFKA__BOOTSTRAP_SERVERS", given)
    assert load(flags={"kafka.bootstrap_servers": given}).kafka.bootstrap_servers == "127.0.0.1:9192"


def test_every_setting_is_explained(bare: Path) -> None:
    file = bare / "other.toml"
    file.write_text("delivery = 'at_least_once'\n")
    found = {setting.name: setting for setting in explain(file, {"broker.port": 9192})}
    assert found["delivery"].source == str(file)
    assert found["broker.port"].source == "flag"
    assert found["kafka.bootstrap_servers"].source == "default"
    assert all(setting.description for setting in found.values())


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("topic_prefx = 'x'", "topic_prefx"),
        ("[kafka]\nservers = 'x'", "kafka.servers"),
        ("[topics]\npartitions = 0", "topics.partitions"),
        ("topics = 3", "topics"),
        ("kafka = 3", "kafka"),
        ("not toml", "claimwire.toml"),
    ],
)
def test_a_mistake_is_named(toml: str, problem: str, bare: Path) -> None:
    (bare / "claimwire.toml").write_text(toml)
    with pytest.raises(SettingsInvalid) as caught:
        load()
    assert caught.value.problems[0].startswith(problem)


def test_a_mistake_in_the_environment_or_a_flag_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsInvalid, match="kafka"):
        load(flags={"kafka": "x", "kafka.bootstrap_servers": "y"})
    monkeypatch.setenv("CLAIMWIRE_TOPICS__PARTITION", "8")
    with pytest.raises(SettingsInvalid, match=r"topics\.partition"):
        load()
    monkeypatch.setenv("CLAIMWIRE_KAFKA", "x")
    with pytest.raises(SettingsInvalid, match="kafka"):
        load()


def test_a_named_file_must_exist(bare: Path) -> None:
    with pytest.raises(SettingsInvalid, match="No such file"):
        load(bare / "absent.toml")


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("username = 'anna'", "username is set, and of no use"),
        ("password_file = 'x'", "password_file is set, and of no use"),
        ("security_protocol = 'SASL_SSL'", "wants a sasl_mechanism"),
        ("security_protocol = 'SASL_SSL'\nsasl_mechanism = 'PLAIN'\nusername = 'anna'", "wants username, and password"),
        ("security_protocol = 'SASL_SSL'\nsasl_mechanism = 'OAUTHBEARER'", "one of token_file and token_url"),
        ("security_protocol = 'SASL_SSL'\nsasl_mechanism = 'OAUTHBEARER'\ntoken_url = 'https://x'", "client_id"),
        ("security_protocol = 'SSL'\nsasl_mechanism = 'PLAIN'", "sasl_mechanism is set, and of no use"),
        ("security_protocol = 'TLS'", "security_protocol"),
    ],
)
def test_a_login_that_is_not_whole_is_named(toml: str, problem: str, bare: Path) -> None:
    (bare / "claimwire.toml").write_text(f"[kafka]\n{toml}\n")
    with pytest.raises(SettingsInvalid, match=problem):
        load()


def test_networks_that_are_none_are_named() -> None:
    with pytest.raises(SettingsInvalid, match=r"feeds\.allowed_networks"):
        load(flags={"feeds.allowed_networks": "10.0.0.0/8, nowhere"})


@pytest.mark.parametrize(
    "servers", ["a", "a:b:c", ",", " ", ":9092", "a:", "a:0", "a:65536", "a:1,b", "kafka://a:1", "::1:9092"]
)
def test_servers_that_are_none_are_named(servers: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"kafka\.bootstrap_servers"):
        load(flags={"kafka.bootstrap_servers": servers})


@pytest.mark.parametrize("servers", ["a:1", "a.b-c_d:1, [::1]:9092,", "10.0.0.1:65535"])
def test_servers_by_name_and_by_address(servers: str) -> None:
    assert load(flags={"kafka.bootstrap_servers": servers}).kafka.bootstrap_servers == servers
