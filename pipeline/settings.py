"""Every setting: name, meaning, unit, default. `settings_loading` reads them from file, environment and flags.

`Settings()` is the defaults alone, whatever the environment says.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_state_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class Group(BaseModel):
    """A table of `claimwire.toml`. An unknown name is an error: it is most often a misspelt one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaSettings(Group):
    """The cluster that claimwire works with, and how it is let in. Files are PEM."""

    bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        description="host:port of one or more brokers, comma-separated; empty: the local one of `claimwire broker`",
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="whether connections are encrypted (SSL) and begin with a login (SASL)"
    )
    ca_file: Path | None = Field(
        None, description="certificates of who signs the brokers'; unset: those that the system trusts"
    )
    certificate_file: Path | None = Field(None, description="our certificate, with those between it and its root")
    key_file: Path | None = Field(None, description="the key of our certificate; unset: it is in the same file")
    key_password: SecretStr | None = Field(None, description="password of the key")
    key_password_file: Path | None = Field(None, description="file that holds the password of the key")
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = Field(
        None, description="how we log in"
    )
    username: str | None = Field(None, description="user of PLAIN and SCRAM")
    password: SecretStr | None = Field(None, description="password of that user")
    password_file: Path | None = Field(None, description="file that holds the password")
    token_file: Path | None = Field(
        None, description="OAUTHBEARER: file that holds a token; read at each login, so that others may renew it"
    )
    token_url: str | None = Field(None, description="OAUTHBEARER: where tokens are issued (client credentials, https)")
    client_id: str | None = Field(None, description="OAUTHBEARER: who we are there")
    client_secret: SecretStr | None = Field(None, description="OAUTHBEARER: the secret of that client")
    client_secret_file: Path | None = Field(None, description="OAUTHBEARER: file that holds the secret")
    scope: str | None = Field(None, description="OAUTHBEARER: scope that is asked for")

    @property
    def tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.security_protocol.endswith("SSL")

    @property
    def sasl(self) -> bool:
        """Whether connections begin with a login."""
        return self.security_protocol.startswith("SASL")

    @field_validator("bootstrap_servers")
    @classmethod
    def _are_servers(cls, value: str) -> str:
        servers = [part.strip() for part in value.split(",") if part.strip()]
        if value and not (servers and all(_is_server(server) for server in servers)):
            raise ValueError("not host:port, or several of them with commas between")
        return value

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """What is set must be of use: a forgotten protocol would send a login in the clear, or none."""
        login = {"PLAIN": _USER, "SCRAM-SHA-256": _USER, "SCRAM-SHA-512": _USER, "OAUTHBEARER": _TOKEN}
        useful = (_TLS if self.tls else set()) | (login.get(self.sasl_mechanism or "", set()) if self.sasl else set())
        useful |= {"sasl_mechanism"} if self.sasl else set()
        for name in ({"sasl_mechanism"} | _TLS | _USER | _TOKEN) - useful:
            if getattr(self, name) is not None:
                how = f"{self.security_protocol}" + (f" and {self.sasl_mechanism}" if self.sasl else "")
                raise ValueError(f"{name} is set, and of no use with security_protocol = {how}")
        if not self.sasl:
            return self
        if self.sasl_mechanism is None:
            raise ValueError(f"security_protocol = {self.security_protocol} wants a sasl_mechanism")
        if self.sasl_mechanism == "OAUTHBEARER":
            if (self.token_file is None) == (self.token_url is None):
                raise ValueError("OAUTHBEARER wants one of token_file and token_url")
            if self.token_url is not None and not (self.client_id and (self.client_secret or self.client_secret_file)):
                raise ValueError("token_url wants client_id, and client_secret or client_secret_file")
        elif not (self.username and (self.password or self.password_file)):
            raise ValueError(f"{self.sasl_mechanism} wants username, and password or password_file")
        return self


def _is_server(text: str) -> bool:
    found = re.fullmatch(r"(?:[^\s:/\[\]]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})", text)
    return found is not None and 0 < int(found[1]) < 2**16


_TLS = {"ca_file", "certificate_file", "key_file", "key_password", "key_password_file"}
_USER = {"username", "password", "password_file"}
_TOKEN = {"token_file", "token_url", "client_id", "client_secret", "client_secret_file", "scope"}


class TopicsSettings(Group):
    """How topics are created."""

    partitions: int = Field(4, ge=1, description="partitions of each topic that does not fix its own number")
    raw_partitions: int | None = Field(
        None,
        ge=1,
        description="partitions of articles.raw, and so annotators that can work at a time; unset: as `partitions`",
    )
    entity_partitions: int = Field(
        1,
        ge=1,
        description="partitions of the topics that are spread by entity: claims-by-entity, relations, propositions",
    )
    replication: int = Field(1, ge=1, description="copies of each partition, at most the number of brokers")

    def count(self, partitions: int | str) -> int:
        """The partitions of a topic: their number, or the setting of this group that says it."""
        if isinstance(partitions, int):
            return partitions
        said = getattr(self, partitions)
        return self.partitions if said is None else int(said)


class LanguageSettings(Group):
    """The models and how they are run."""

    entity_model: str | None = Field(
        None, description="folder or hub id of your own entity model; unset: the shipped one"
    )
    stance_model: str | None = Field(
        None, description="folder or hub id of your own stance model; unset: the shipped one"
    )
    min_confidence: float = Field(0.0, ge=0, le=1, description="claims below this probability are left out")
    model: Literal["fast", "accurate"] = Field(
        "fast", description="accurate: a pass of its own for each source and entity, at less than half the speed"
    )
    batch_tokens: int = Field(2048, ge=1, description="word pieces in one pass over pairs of a text and a target")
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
    batch_bytes: int = Field(
        8 * 1024, ge=1, description="bytes of raw articles in one batch of the annotator; a larger one goes alone"
    )
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
    min_similarity: float = Field(0.42, ge=0, le=1, description="cosine of two claims' vectors below which none judges")
    candidates: int = Field(6, ge=1, description="claims that a new one is judged against, at most")
    min_agree: float = Field(0.5, ge=0, le=1, description="probability from which two claims are taken to agree")
    min_contradict: float = Field(
        0.32, ge=0, le=1, description="probability from which two claims are taken to contradict each other"
    )
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


class GatewaySettings(Group):
    """How articles are taken over HTTP."""

    host: str = Field("127.0.0.1", description="address to listen at; 0.0.0.0: every one of this machine")
    port: int = Field(8480, ge=1, le=65535, description="TCP port")
    tokens: SecretStr | None = Field(
        None, description="bearer tokens that may post, comma-separated, of 16 characters or more; from the environment"
    )
    tokens_file: Path | None = Field(
        None, description="file of such tokens, one a line, # for a comment; read again when it changes"
    )
    anonymous: bool = Field(False, description="whether anybody may post where no token is set; always so on 127.0.0.1")
    max_body_bytes: int = Field(64 * 1024 * 1024, ge=1, description="bytes of one request's body, as sent")
    max_articles: int = Field(10_000, ge=1, description="articles in one request")
    body_seconds: float = Field(60.0, gt=0, description="seconds that a request's body may take to arrive")
    requests: int = Field(64, ge=1, description="requests that are worked on at a time; others wait")
    queue_seconds: float = Field(30.0, gt=0, description="seconds that a request may wait for its turn")
    acknowledge_seconds: float = Field(60.0, gt=0, description="seconds to wait for the cluster to acknowledge")
    buffer_bytes: int = Field(
        64 * 1024 * 1024, ge=1, description="bytes on their way to the cluster, beyond which requests are turned away"
    )
    requests_per_second: float = Field(0.0, ge=0, description="requests a second of one token; 0: no limit")


class TelemetrySettings(Group):
    """What services tell of themselves."""

    port: int = Field(
        0, ge=0, le=65535, description="TCP port of /metrics, /health and /ready of each service; 0: none"
    )
    port_offset: int = Field(
        0, ge=0, description="added to it; a supervisor gives each of its workers a number of its own, from 0"
    )
    host: str = Field("127.0.0.1", description="address to listen at; 0.0.0.0: every one of this machine")
    log_format: Literal["text", "json"] = Field("text", description="lines of the log: for people, or one JSON object")
    otlp_endpoint: str | None = Field(
        None,
        description="where traces go, OTLP over HTTP (http://collector:4318/v1/traces); wants claimwire[otlp]",
    )


class FeedsSettings(Group):
    """How feeds are polled."""

    allowed_networks: str = Field(
        "",
        description="networks beyond the public internet that feeds may be fetched from, comma-separated (10.0.0.0/8); "
        "loopback and private addresses are refused otherwise",
    )
    max_bytes: int = Field(8 * 1024 * 1024, ge=1, description="bytes of one feed, as sent")
    seconds: float = Field(30.0, gt=0, description="seconds that fetching one feed may take, redirects included")
    redirects: int = Field(5, ge=0, description="redirects that are followed")
    fetches: int = Field(4, ge=1, description="feeds that are fetched at a time")

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`allowed_networks`, parsed."""
        return tuple(ip_network(part.strip()) for part in self.allowed_networks.split(",") if part.strip())

    @field_validator("allowed_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for part in value.split(","):
            if part.strip():
                ip_network(part.strip())
        return value


class SchemaRegistrySettings(Group):
    """The schema registry that `claimwire schemas` works with. Its API: Confluent's; Apicurio, Karapace have it too."""

    url: str | None = Field(
        None,
        description="where its API begins: http://registry:8081, or of Apicurio http://registry:8080/apis/ccompat/v7; "
        "unset: none",
    )
    ca_file: Path | None = Field(
        None, description="certificates of who signs the registry's, PEM; unset: those that the system trusts"
    )
    username: str | None = Field(None, description="user of basic authentication")
    password: SecretStr | None = Field(None, description="password of that user")
    password_file: Path | None = Field(None, description="file that holds the password")
    token: SecretStr | None = Field(None, description="bearer token, in place of a user")
    token_file: Path | None = Field(
        None, description="file that holds the token; read at each start, so that others may renew it"
    )
    headers: bool = Field(
        False, description="whether records say the id of their schema, in the header __value_schema_id"
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        """As of the cluster: what is set must be of use."""
        login = {"username", "password", "password_file", "token", "token_file"}
        given = {name for name in login | {"ca_file"} if getattr(self, name) is not None}
        if self.url is None:
            if given or self.headers:
                raise ValueError(f"{min(given or {'headers'})} is set, and of no use without url")
            return self
        address = urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
            raise ValueError("url: not the address of an API, http://HOST:PORT/PATH or https")
        if address.username or address.password:
            raise ValueError("url: no place for a password: set username, and password or password_file")
        if self.ca_file is not None and address.scheme == "http":
            raise ValueError("ca_file is set, and of no use with http")
        if given & {"token", "token_file"} and given & {"username", "password", "password_file"}:
            raise ValueError("a token and a user are both set: keep one")
        if ("username" in given) != bool(given & {"password", "password_file"}):
            raise ValueError("username wants password or password_file, and they a username")
        return self


class BrokerSettings(Group):
    """The broker that `claimwire broker` runs on this machine."""

    port: int = Field(9092, ge=1, le=65535, description="TCP port on 127.0.0.1")
    heap_megabytes: int = Field(128, ge=64, description="largest Java heap, MiB")
    version: str = Field("4.4.0", description="version of Apache Kafka")


class DatabaseSettings(Group):
    """The database that `claimwire sink database` fills and the page reads."""

    url: SecretStr | None = Field(
        None, description="sqlite:///FILE or postgresql://USER@HOST/NAME; unset: the file view.db in state_dir"
    )


class ViewSettings(Group):
    """The page."""

    host: str = Field("127.0.0.1", description="address that it listens on; 0.0.0.0 for every one")
    port: int = Field(8300, ge=0, le=65535, description="TCP port; 0: any that is free")
    token: SecretStr | None = Field(None, description="what people must give to sign in; unset: nobody is asked")
    user_header: str | None = Field(
        None, description="header by which a reverse proxy names who has signed in; requests without it are refused"
    )


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
    schema_registry: SchemaRegistrySettings = SchemaRegistrySettings()
    language: LanguageSettings = LanguageSettings()
    limits: LimitsSettings = LimitsSettings()
    processor: ProcessorSettings = ProcessorSettings()
    relations: RelationsSettings = RelationsSettings()
    dead_letters: DeadLettersSettings = DeadLettersSettings()
    gateway: GatewaySettings = GatewaySettings()
    feeds: FeedsSettings = FeedsSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    broker: BrokerSettings = BrokerSettings()
    database: DatabaseSettings = DatabaseSettings()
    view: ViewSettings = ViewSettings()

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
