from pathlib import Path

import pytest

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
