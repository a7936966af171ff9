import pytest

from pipeline.settings import Settings
from pipeline.settings_loading import load
from pipeline.stray_variables import strays


def found(**environment: str) -> dict[str, str | None]:
    return dict(strays(environment, "CLAIMWIRE_", Settings.model_fields))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CLAIMWIRE_DELIVRY", "CLAIMWIRE_DELIVERY"),
        ("CLAIMWIRE_KAFKAA__USERNAME", "CLAIMWIRE_KAFKA__USERNAME"),
        ("claimwire_delivry", "CLAIMWIRE_DELIVERY"),
        ("CLAIMWIRE_NONSENSE", None),
    ],
)
def test_a_misspelt_one_and_what_was_meant(name: str, meant: str | None) -> None:
    assert found(**{name: "x", "HOME": "/"}) == {name: meant}


def test_settings_and_the_project_s_own_are_none() -> None:
    names = [f"CLAIMWIRE_{name}".upper() for name in Settings.model_fields]
    names += ["CLAIMWIRE_KAFKA__USERNAME", "claimwire_topic_prefix", "CLAIMWIRE_SHARED", "CLAIMWIRE_TESTING"]
    names += ["CLAIMWIRE_TEST_FAULT", "CLAIMWIRE_TEST_BOOTSTRAP_SERVERS"]
    assert found(**dict.fromkeys(names, "x")) == {}


def test_one_that_is_empty_counts_as_unset() -> None:
    assert found(CLAIMWIRE_DELIVRY="") == {}


def test_what_kubernetes_sets_is_none_and_a_lost_underscore_is() -> None:
    links = {
        "CLAIMWIRE_SERVICE_HOST": "10.0.0.1",
        "CLAIMWIRE_SERVICE_PORT": "80",
        "CLAIMWIRE_GATEWAY_SERVICE_PORT_HTTP": "8480",
        "CLAIMWIRE_GATEWAY_PORT": "tcp://10.0.0.1:8480",
        "CLAIMWIRE_GATEWAY_PORT_8480_TCP": "tcp://10.0.0.1:8480",
        "CLAIMWIRE_GATEWAY_PORT_8480_TCP_ADDR": "10.0.0.1",
    }
    assert found(**links) == {}
    assert list(found(CLAIMWIRE_GATEWAY_PORT="8480")) == ["CLAIMWIRE_GATEWAY_PORT"]


@pytest.mark.usefixtures("bare")
def test_it_is_warned_of_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("CLAIMWIRE_TOPIK_PREFIX", "news.")
    load()
    load()
    assert [record.message for record in caplog.records] == [
        "the variable CLAIMWIRE_TOPIK_PREFIX is no setting: CLAIMWIRE_TOPIC_PREFIX was meant?"
    ]
