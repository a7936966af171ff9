"""The AsyncAPI 3.0 document: every topic with its keys, headers, Kafka bindings and examples."""

from typing import Any, TypeAlias

import yaml

from pipeline import __version__
from pipeline.records import (
    AnnotatedArticle,
    Article,
    Claim,
    ComparableClaim,
    EntityRecord,
    Proposition,
    Record,
    Relation,
    Run,
    Stance,
    Target,
)
from pipeline.settings import BrokerSettings, Settings
from pipeline.topics import ARTICLES_RAW, TARGETS, TOPICS, Topic
from schemas import headers
from schemas.examples import ARTICLE, EMPTY, EXAMPLES
from schemas.record_schemas import BASE, as_values, example, file_name, record_schema

Node: TypeAlias = dict[str, Any]

FILE = "asyncapi.yaml"
_KAFKA_BINDING = "0.5.0"
# Kafka's own, whichever the type of a configuration: AsyncAPI has numbers and a list where Kafka has strings.
_AS_LIST = frozenset({"cleanup.policy"})
_READ = (ARTICLES_RAW, TARGETS)  # by claimwire; it writes the others

_DESCRIPTION = """\
News articles in; attributed, entity-tagged, stance-labelled claims out.

Values are UTF-8 JSON, headers are CloudEvents 1.0 in Kafka's binary mode. Addresses begin with the setting
topic_prefix. A replay run NAME has topics of its own, with ".NAME" after the address. Payloads are the JSON Schemas
beside this file. docs/contract.md says how to read them, and which changes a new version may make."""

_TOMBSTONE = "Tombstone"


def document() -> Node:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "id": BASE + FILE,
        "info": {
            "title": "claimwire",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": f"127.0.0.1:{BrokerSettings().port}",
                "protocol": "kafka",
                "description": "The broker of `claimwire broker`.",
            }
        },
        "channels": {channel(topic): _channel(topic) for topic in TOPICS.values()},
        "operations": {
            _operation(topic): {
                "action": "receive" if topic in _READ else "send",
                "channel": {"$ref": f"#/channels/{channel(topic)}"},
                "summary": topic.description,
            }
            for topic in TOPICS.values()
        },
        "components": {"messages": _messages()},
    }


def text() -> str:
    """The document as YAML."""
    head = "# Generated from pipeline/records.py and pipeline/topics.py by `make schemas`: change those.\n"
    return head + yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def channel(topic: Topic) -> str:
    """The name of a topic's channel in the document."""
    return topic.name.replace(".", "-")


def message_names(topic: Topic) -> list[str]:
    """The messages of a topic, by their names in the components."""
    if topic is ARTICLES_RAW:
        return ["RawArticle", "RawBytes", _TOMBSTONE]
    return ["DeadLetter"] if topic.value is None else [topic.value.__name__, _TOMBSTONE]


def _operation(topic: Topic) -> str:
    return ("receive-" if topic in _READ else "send-") + channel(topic)


def _channel(topic: Topic) -> Node:
    return {
        "address": "{prefix}" + topic.name,
        "title": topic.name,
        "description": f"{topic.description} Key: {topic.key}. Partitioned by: {topic.partitioned_by}.",
        "parameters": {
            "prefix": {"default": Settings().topic_prefix, "description": "The setting topic_prefix."},
        },
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in message_names(topic)},
        "bindings": {
            "kafka": {
                "partitions": Settings().topics.count(topic.partitions),
                "replicas": Settings().topics.replication,
                "topicConfiguration": {
                    name: [value] if name in _AS_LIST else int(value) for name, value in topic.configs.items()
                },
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _messages() -> Node:
    made: Node = {"RawArticle": _raw_article(), "RawBytes": _raw_bytes()}
    for topic in TOPICS.values():
        if topic.value is not None:
            made[topic.value.__name__] = _record(topic, topic.value)
    made[_TOMBSTONE] = {
        "title": _TOMBSTONE,
        "summary": "No value: withdraws what had this key; in articles.raw, an article with all that was made of it.",
        "payload": {"type": "null"},
        "bindings": _key("The key of the record that is withdrawn."),
        "examples": [{"name": "withdrawn", "payload": None}],
    }
    made["DeadLetter"] = {
        "title": "DeadLetter",
        "summary": "A record that could not be processed: key and value are the bytes as received.",
        "headers": headers.dead_letter(),
        "payload": {"description": "The bytes as received: no schema."},
        "bindings": _key("As received, or null.", nullable=True),
        "examples": [{"name": "empty", "headers": headers.dead_letter_example(), "payload": as_values(EMPTY)}],
    }
    return made


def _record(topic: Topic, type: type) -> Node:
    record = EXAMPLES[type]
    key = key_of(record)
    return {
        "title": type.__name__,
        "summary": topic.description,
        "contentType": "application/json",
        "headers": headers.event(topic.event),
        "payload": {"$ref": f"./{file_name(type)}"},
        "bindings": _key(f"UTF-8: {topic.key}", example=key),
        "examples": [{"name": "example", "headers": headers.event_example(topic.event, key), "payload": example(type)}],
    }


def _raw_article() -> Node:
    """Canonical JSON is Article with less required: its id may be missing, and either text is enough."""
    schema = record_schema(Article)
    return {
        "title": "RawArticle",
        "summary": "An article in canonical JSON. Without an id, one is derived from url or content.",
        "contentType": "application/json",
        "headers": headers.raw("application/json"),
        "payload": {
            "type": "object",
            "properties": {name: {**value} for name, value in schema["properties"].items()},
            "anyOf": [{"required": ["body"]}, {"required": ["headline"]}],
        },
        "bindings": _key("UTF-8: article id, or null.", nullable=True, example=ARTICLE.id),
        "examples": [
            {"name": "example", "headers": headers.raw_example("application/json"), "payload": example(Article)},
            {"name": "least", "payload": {"body": ARTICLE.body}},
        ],
    }


def _raw_bytes() -> Node:
    return {
        "title": "RawBytes",
        "summary": "One or more articles in any other format that `claimwire decode` reads, one file a record.",
        "headers": headers.raw(None),
        "payload": {"description": "Bytes of the format that the content type names; without one it is recognised."},
        "bindings": _key("UTF-8: article id, or null.", nullable=True),
        "examples": [{"name": "text", "headers": headers.raw_example("text/plain"), "payload": ARTICLE.text}],
    }


def key_of(record: Record) -> str:
    """The key of a record in its topic."""
    match record:
        case EntityRecord():
            return f"{record.article.id}/{record.id}"
        case Stance():
            return f"{record.claim.id}/{record.target.id}"
        case ComparableClaim():
            return record.claim.id
        case Article() | AnnotatedArticle() | Claim() | Target() | Relation() | Proposition():
            return record.id
        case Run():
            return record.name


def _key(description: str, *, nullable: bool = False, example: str | None = None) -> Node:
    key: Node = {"type": ["string", "null"] if nullable else "string", "description": description}
    return {"kafka": {"key": key | ({"examples": [example]} if example else {}), "bindingVersion": _KAFKA_BINDING}}


class _Dumper(yaml.SafeDumper):
    """Writes each thing out where it stands, several lines of text as a block."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _string)
