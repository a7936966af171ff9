import copy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from pipeline.records import DeadLetterHeader, Origin
from pipeline.settings import Settings
from pipeline.topics import DEAD_LETTERS, TOPICS, Topic
from pipeline.wire.codec import decode
from pipeline.wire.outgoing import Destination, outputs
from schemas import asyncapi
from schemas.files import FOLDER
from tests.contract.validators import of_schema, validator
from tests.samples import ANNOTATED, NOON

HERE = Path(__file__).parent
ERROR = 0

DOCUMENT: dict[str, Any] = yaml.safe_load((FOLDER / asyncapi.FILE).read_text("utf-8"))


BROKEN: dict[str, tuple[tuple[Any, ...], object]] = {
    "schema missing": (("components", "messages", "Claim", "payload", "$ref"), "./no-such.schema.json"),
    "message missing": (("channels", "claims", "messages", "Claim", "$ref"), "#/components/messages/None"),
    "a schema of no type": (("components", "messages", "Tombstone", "payload", "type"), "nothing"),
    "partitions in words": (("channels", "claims", "bindings", "kafka", "partitions"), "four"),
    "an action of version 2": (("operations", "send-claims", "action"), "publish"),
}


@pytest.fixture(scope="module")
def problems(npm_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The errors that AsyncAPI's parser finds in the document ("as it is") and in each broken one."""
    folder = tmp_path_factory.mktemp("asyncapi")
    for schema in FOLDER.glob("*.schema.json"):
        shutil.copy(schema, folder)
    documents = {"as it is": DOCUMENT, **{name: _with(*change) for name, change in BROKEN.items()}}
    paths = [folder / f"{number}.yaml" for number in range(len(documents))]
    for path, document in zip(paths, documents.values(), strict=True):
        path.write_text(yaml.safe_dump(document), "utf-8")
    command = ["node", str(HERE / "validate_asyncapi.cjs"), *map(str, paths)]
    done = subprocess.run(command, cwd=npm_packages, capture_output=True, timeout=120, check=True)
    found = zip(documents, orjson.loads(done.stdout), strict=True)
    return {name: [problem for problem in listed if problem["severity"] == ERROR] for name, listed in found}


def _with(path: tuple[Any, ...], value: object) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(DOCUMENT)
    *parents, last = path
    node: Any = changed
    for step in parents:
        node = node[step]
    assert node[last] != value
    node[last] = value
    return changed


def test_asyncapis_own_parser_finds_nothing_wrong(problems: dict[str, list[Any]]) -> None:
    assert problems["as it is"] == []


@pytest.mark.parametrize("name", BROKEN)
def test_and_it_would(problems: dict[str, list[Any]], name: str) -> None:
    assert problems[name]


@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS.keys())
def test_every_topic_is_a_channel_as_the_table_has_it(topic: Topic) -> None:
    channel = DOCUMENT["channels"][asyncapi.channel(topic)]
    prefix = channel["parameters"]["prefix"]["default"]
    assert channel["address"].format(prefix=prefix) == topic.full_name("claimwire.")
    kafka = channel["bindings"]["kafka"]
    assert kafka["partitions"] == Settings().topics.count(topic.partitions)
    written = {
        name: ",".join(value) if isinstance(value, list) else str(value)
        for name, value in kafka["topicConfiguration"].items()
    }
    assert written == topic.configs
    assert list(channel["messages"]) == asyncapi.message_names(topic)


@pytest.mark.parametrize("name", DOCUMENT["components"]["messages"])
def test_the_examples_of_a_message_fit_its_schemas(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    reference = message["payload"].get("$ref")
    payload = orjson.loads((FOLDER / reference).read_bytes()) if reference else message["payload"]
    assert message["examples"]
    for example in message["examples"]:
        of_schema(payload).validate(example["payload"])
        if "headers" in example:
            of_schema(message["headers"]).validate(example["headers"])


def test_what_the_code_sends_is_as_the_document_says() -> None:
    by_address = {
        channel["address"].format(prefix="t."): DOCUMENT["components"]["messages"][next(iter(channel["messages"]))]
        for channel in DOCUMENT["channels"].values()
    }
    topics = {topic.full_name("t."): topic for topic in TOPICS.values()}
    sent = outputs(
        ANNOTATED,
        origin=Origin("t.articles.raw", 0, 1, NOON),
        destination=Destination("t.", dict.fromkeys(topics, 3)),
        received=[("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")],
    )
    assert len({record.topic for record in sent}) == 3
    for record in sent:
        headers = {name: value.decode() for name, value in record.headers}
        of_schema(by_address[record.topic]["headers"]).validate(headers)
        assert headers["ce_type"] == topics[record.topic].event
        kind = topics[record.topic].value
        assert kind is not None
        assert record.key is not None
        assert record.value is not None
        validator(kind).validate(orjson.loads(record.value))
        assert record.key.decode() == asyncapi.key_of(decode(kind, record.value))


def test_headers_of_another_type_are_refused() -> None:
    message = DOCUMENT["components"]["messages"]["Claim"]
    headers = message["examples"][0]["headers"]
    assert not of_schema(message["headers"]).is_valid({**headers, "ce_type": "claimwire.entity"})
    assert not of_schema(message["headers"]).is_valid({**headers, "ce_time": "noon"})


def test_dead_letters_have_every_header() -> None:
    (name,) = asyncapi.message_names(DEAD_LETTERS)
    properties = DOCUMENT["components"]["messages"][name]["headers"]["properties"]
    assert set(properties) == {header.value for header in DeadLetterHeader}
