import pickle
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.errors import (
    AccessDenied,
    ArchiveChanged,
    ArticleRefused,
    ArticleTooDeep,
    ArticleTooLarge,
    ArticleTooSlow,
    BrokerBusy,
    BrokerDataMismatch,
    BrokerFailed,
    BrokerUnavailable,
    ClaimwireError,
    ClusterRefused,
    DatabaseForeign,
    DatabaseOutdated,
    DatabaseUnavailable,
    DeadLetterUnknown,
    DeliveryFailed,
    EmptyArticle,
    ExpandsTooMuch,
    FeedInvalid,
    FeedUnknown,
    FolderBusy,
    MissingExtra,
    MissingKey,
    MissingProgram,
    ModelNotFound,
    NothingToWithdraw,
    OptionsInvalid,
    PathNotFound,
    PortInUse,
    ProcessorKilled,
    QuestionInvalid,
    RegistryRefused,
    RegistryUnavailable,
    ReplayInterrupted,
    RunDiffers,
    RunTakenOver,
    RunUnknown,
    SchemaNotRegistered,
    SchemasIncompatible,
    ServiceFailed,
    SettingsInvalid,
    SystemRefused,
    TopicMismatch,
    TopicMissing,
    TopicReplaced,
    UndecodableRecord,
    UnknownFormat,
    UnreadableFile,
    UnsafeMarkup,
    WeightsCorrupt,
)

ERRORS: list[ClaimwireError] = [
    MissingProgram("java", "apt-get install openjdk-17-jre-headless"),
    SystemRefused("/dev/null", "is no folder"),
    SystemRefused(None, "No space left on device"),
    OptionsInvalid(["run: too long"]),
    SettingsInvalid(["topics.partitions: too small"]),
    BrokerUnavailable("127.0.0.1:9092", "connection refused"),
    BrokerFailed("it ended while starting", Path("broker.log")),
    BrokerFailed("no jars"),
    BrokerBusy(Path("broker"), 4711),
    BrokerBusy(Path("broker"), None),
    BrokerDataMismatch(Path("broker"), "4.5.0", "4.4.0"),
    PortInUse(9092),
    ServiceFailed("annotator", "ended with code 1: no model", Path("annotator.log")),
    ClusterRefused("create topic claimwire.claims", "too few brokers"),
    AccessDenied("the user anna is not known", ["kafka.username", "kafka.password"]),
    DeliveryFailed("claimwire.articles.raw", 3, "timed out"),
    TopicMissing("claimwire.claims"),
    TopicReplaced("claimwire.claims"),
    RegistryUnavailable("http://registry:8081", "timed out"),
    RegistryRefused("http://registry:8081", "status 401", ["schema_registry.username"]),
    SchemasIncompatible({"claimwire.claims-value": "a type changed", "claimwire.stances-value": ""}),
    SchemaNotRegistered("claimwire.claims-value"),
    DatabaseUnavailable("postgresql://localhost/claimwire", "connection refused"),
    DatabaseForeign("postgresql://localhost/claimwire", "claims"),
    DatabaseOutdated("sqlite:///view.db", 1, 2),
    FolderBusy(Path("parquet")),
    MissingExtra("parquet"),
    TopicMismatch("claimwire.claims", "cleanup.policy is delete, expected compact"),
    ModelNotFound("someone/model"),
    WeightsCorrupt(Path("tokens.onnx"), "a" * 64, "b" * 64),
    UndecodableRecord("json", "no JSON at character 3", item="line 4"),
    EmptyArticle(),
    PathNotFound("articles/"),
    UnreadableFile("Permission denied"),
    UnsafeMarkup("it defines entities"),
    ArticleTooLarge(20, 10, "bytes"),
    ExpandsTooMuch(200),
    ArticleTooDeep(200),
    ArticleTooSlow(60.0),
    ProcessorKilled(3),
    NothingToWithdraw(),
    QuestionInvalid(3, "no JSON object"),
    DeadLetterUnknown("0/17"),
    FeedInvalid("ftp://strait.example", "no http"),
    FeedUnknown("https://strait.example/rss"),
    ArchiveChanged("may"),
    RunDiffers("may", "articles.raw from its beginning to its end then"),
    RunUnknown("may"),
    RunTakenOver("may"),
    ReplayInterrupted("may", "timed out"),
    MissingKey("body", item=3),
    UnknownFormat("application/pdf", ["json", "html"]),
]


def test_every_error_is_sampled() -> None:
    named = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ClaimwireError)}
    assert {type(error) for error in ERRORS} == named - {ClaimwireError, ArticleRefused}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_says_what_to_do_and_survives_a_process_boundary(error: ClaimwireError) -> None:
    assert str(error) == error.message
    assert error.remedy
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


def test_the_reasons_of_refusal_are_published() -> None:
    assert {error.reason for error in ERRORS if isinstance(error, ArticleRefused)} == {
        "undecodable",
        "empty",
        "too-large",
        "unreadable",
        "unsafe-markup",
        "expands-too-much",
        "too-deep",
        "too-slow",
        "killed-process",
        "null-without-key",
        "missing-key",
        "unknown-format",
    }


def test_the_item_is_named() -> None:
    assert str(MissingKey("body", item=3)) == "missing-key: body is missing (item 3)"
