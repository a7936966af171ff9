import re
from importlib.resources import files
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.topics import TOPICS
from pipeline.wire.broker.config import NodeConfig, Voter, _escaped

BOTH = NodeConfig(1, 29092, (Voter(1, 29093),), Path("/data/kafka"))


def parsed(text: str) -> dict[str, str]:
    """As Java reads it, as far as these files go."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = (line.partition("=") for line in lines)
    return {name: unescaped(value) for name, _, value in pairs}


def unescaped(value: str) -> str:
    units = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), value)
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be")


def test_one_node_is_broker_and_controller() -> None:
    properties = parsed(BOTH.properties())
    assert properties["process.roles"] == "broker,controller"
    assert properties["listeners"] == "CLIENTS://127.0.0.1:29092,CONTROLLER://127.0.0.1:29093"
    assert properties["advertised.listeners"] == "CLIENTS://127.0.0.1:29092"
    assert properties["controller.quorum.voters"] == "1@127.0.0.1:29093"
    assert properties["log.dirs"] == "/data/kafka/data"


def test_roles_follow_from_ports_and_voters() -> None:
    voters = (Voter(9, 29093),)
    broker = parsed(NodeConfig(1, 29092, voters, Path("b")).properties())
    controller = parsed(NodeConfig(9, None, voters, Path("c")).properties())
    assert (broker["process.roles"], controller["process.roles"]) == ("broker", "controller")
    assert controller["listeners"] == "CONTROLLER://127.0.0.1:29093"
    assert "advertised.listeners" not in controller


def test_overrides_win() -> None:
    config = NodeConfig(1, 1, (), Path("x"), overrides={"message.max.bytes": "5"})
    assert parsed(config.properties())["message.max.bytes"] == "5"


def test_shared_settings_take_the_largest_records_of_the_table() -> None:
    shared = parsed(files("pipeline.wire.broker").joinpath("server.properties").read_text("utf-8"))
    largest = max(int(topic.configs["max.message.bytes"]) for topic in TOPICS.values())
    assert int(shared["message.max.bytes"]) >= largest
    assert int(shared["replica.fetch.max.bytes"]) >= largest
    assert int(shared["socket.request.max.bytes"]) > largest


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_value_survives_javas_properties(value: str) -> None:
    written = _escaped(value)
    assert written.isascii()
    assert unescaped(written) == value
