"""Every setting: name, meaning, unit, default. `settings_loading` reads them from file, environment and flags.

`Settings()` is the defaults alone, whatever the environment says.
"""

from pathlib import Path
from typing import Any, Literal

from platformdirs import user_state_path
from pydantic import BaseModel, ConfigDict, Field, model_validator


class Group(BaseModel):
    """A table of `claimwire.toml`. An unknown name is an error: it is most often a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaSettings(Group):
    """The cluster that claimwire works with."""

    bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        description="host:port of one or more brokers, comma-separated; empty: the local one of `claimwire broker`",
    )


class TopicsSettings(Group):
    """How topics are created."""

    partitions: int = Field(4, ge=1, description="partitions of each topic that does not fix its own number")
    entity_partitions: int = Field(
        1,
        ge=1,
        description="partitions of the topics that are spread by entity: claims-by-entity, relations, propositions",
    )
    replication: int = Field(1, ge=1, description="copies of each partition, at most the number of brokers")

    def count(self, partitions: int | str) -> int:
        """The partitions of a topic: their number, or the setting of this group that says it."""
        return partitions if isinstance(partitions, int) else int(getattr(self, partitions))


class LanguageSettings(Group):
    """The models and how they are run."""

    model: str | None = Field(
        None, description="folder or hub id of your own attribution model; unset: the shipped one"
    )
    entity_model: str | None = Field(
        None, description="folder or hub id of your own entity model; unset: the shipped one"
    )
    stance_model: str | None = Field(
        None, description="folder or hub id of your own stance model; unset: the shipped one"
    )
    min_confidence: float = Field(0.0, ge=0, le=1, description="claims below this probability are left out")
    batch_tokens: int = Field(2048, ge=1, description="word pieces in one pass of the encoder")
    threads: int = Field(1, ge=1, description="threads of one model; more processes are faster than more threads")


class LimitsSettings(Group):
    """What is refused, so that one input cannot exhaust a service."""

    max_record_bytes: int = Field(8 * 1024 * 1024, ge=1, description="bytes of one raw record, decompressed")
    max_text_chars: int = Field(400_000, ge=1, description="Unicode code points of headline and body together")
    max_expansion: int = Field(100, ge=1, description="bytes that one compressed byte may give, after the first 8 MiB")
    max_items: int = Field(10_000, ge=1, description="entries of a feed, or items of a message, that is read whole")
    max_tags: int = Field(400_000, ge=1, description="tags and entities of one XML document or feed")
    max_page_tags: int = Field(50_000, ge=1, description="tags of one HTML page")
    max_extra_bytes: int = Field(
        64 * 1024, ge=0, description="bytes of JSON of what a format says beyond an article's own fields"
    )
    max_depth: int = Field(200, ge=1, description="levels of nested elements or objects")
    seconds_per_article: float = Field(60.0, gt=0, description="seconds that annotating one article may take")


class ProcessorSettings(Group):
    """How the stream processors work."""

    batch_records: int = Field(32, ge=1, description="records in one batch, at most")
    batch_bytes: int = Field(64 * 1024, ge=1, description="bytes of raw records in one batch; a larger one goes alone")
    batch_wait_seconds: float = Field(0.05, gt=0, description="seconds to wait for a batch to fill")
    buffer_records: int = Field(64, ge=1, description="raw records in hand and read ahead, about")
    buffer_bytes: int = Field(32 * 1024 * 1024, ge=1, description="bytes of raw records in hand and read ahead, about")
    attempts: int = Field(3, ge=1, description="times that a record may end the process before it is a dead letter")
    session_seconds: float = Field(
        10.0, gt=0, description="seconds of silence after which a process loses its partitions"
    )
    transaction_seconds: float = Field(
        10.0, gt=0, description="seconds after which the broker aborts a transaction that was left open"
    )
    stall_seconds: float = Field(
        60.0, gt=0, description="seconds of waiting records without progress that end a process"
    )
    stop_seconds: float = Field(10.0, gt=0, description="seconds to finish the batch in hand when asked to stop")
    restarts: int = Field(30, ge=0, description="times in a row that a process is started again after it failed early")


class RelationsSettings(Group):
    """How claims are compared with each other."""

    window_days: float = Field(7.0, gt=0, description="days between the articles of two claims that are compared")
    max_claims: int = Field(100_000, ge=1, description="claims of each partition held for comparison, at most")
    min_similarity: float = Field(0.55, ge=0, le=1, description="cosine of two claims' vectors below which none judges")
    candidates: int = Field(4, ge=1, description="claims that a new one is judged against, at most")
    min_score: float = Field(0.6, ge=0, le=1, description="probability from which a relation is written")
    aliases: Path | None = Field(
        None, description="YAML file of other names of sources: the name that stands for each, and a list of the others"
    )
    target_similarity: float = Field(0.45, ge=0, le=1, description="cosine from which a claim may bear on a target")


class DeadLettersSettings(Group):
    """When so much goes to the dead letters that a processor stops instead.

    Errors are the processor's own (a bug, a broken model); refusals are faults of the input.
    """

    errors_in_a_row: int = Field(20, ge=1, description="articles in a row on which the processor itself failed")
    error_share: float = Field(0.5, gt=0, le=1, description="share of the last `error_window` articles that failed so")
    error_window: int = Field(100, ge=1, description="articles that `error_share` looks at")
    refusals_in_a_row: int = Field(1000, ge=1, description="refused records in a row")
    refusal_share: float = Field(0.95, gt=0, le=1, description="share of the last `refusal_window` records refused")
    refusal_window: int = Field(2000, ge=1, description="records that `refusal_share` looks at")


class BrokerSettings(Group):
    """The broker that `claimwire broker` runs on this machine."""

    port: int = Field(9092, ge=1, le=65535, description="TCP port on 127.0.0.1")
    heap_megabytes: int = Field(128, ge=64, description="largest Java heap, MiB")
    version: str = Field("4.4.0", description="version of Apache Kafka")


class Settings(Group):
    """All settings of a process, frozen."""

    topic_prefix: str = Field("claimwire.", description="put before the name of every topic")
    state_dir: Path = Field(
        default_factory=lambda: user_state_path("claimwire"), description="folder of all that a service keeps on disk"
    )
    delivery: Literal["exactly_once", "at_least_once"] = Field(
        "exactly_once", description="what a crash can do: nothing (exactly_once), or repeat records (at_least_once)"
    )
    kafka: KafkaSettings = KafkaSettings()
    topics: TopicsSettings = TopicsSettings()
    language: LanguageSettings = LanguageSettings()
    limits: LimitsSettings = LimitsSettings()
    processor: ProcessorSettings = ProcessorSettings()
    relations: RelationsSettings = RelationsSettings()
    dead_letters: DeadLettersSettings = DeadLettersSettings()
    broker: BrokerSettings = BrokerSettings()

    @model_validator(mode="before")
    @classmethod
    def _local_broker(cls, given: Any) -> Any:
        """Without a cluster's address, that of the local broker, which follows its port."""
        if not isinstance(given, dict):
            return given
        kafka, broker = given.get("kafka", {}), given.get("broker", {})
        if not isinstance(kafka, dict) or not isinstance(broker, dict) or kafka.get("bootstrap_servers"):
            return given
        port = broker.get("port", BrokerSettings().port)
        return {**given, "kafka": {**kafka, "bootstrap_servers": f"127.0.0.1:{port}"}}
