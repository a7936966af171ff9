"""How every client reaches the cluster: arguments for kafka-python and aiokafka, from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.errors import KafkaError, RetriableError

from pipeline.errors import BrokerUnavailable, ClusterRefused
from pipeline.settings import Settings
from pipeline.wire import diagnosis, security

PATIENCE_MS = 5000
"""How long a command waits for the first answer of a cluster before it says that there is none."""

COMPRESSION = "zstd"
"""Of all that claimwire produces. 3,000 news articles of 5.9 KB: 38 % of their size for 0.12 ms of CPU each; gzip 37 %
for 0.5 ms, lz4 60 % for 0.1 ms. Any other is read as well."""

BATCH_BYTES = 256 * 1024
"""Where a producer closes a batch: articles compress 15 % better than in batches of kafka-python's 16 KiB."""

LINGER_MS = 20
"""How long a record waits for others to share its batch."""

_BACKOFF_MAX_MS = 1000  # kafka-python's own 30 s would leave a client idle long after the broker is back


def servers(settings: Settings) -> list[str]:
    """host:port of each broker to begin with."""
    return [server.strip() for server in settings.kafka.bootstrap_servers.split(",") if server.strip()]


def kafka_python(settings: Settings, *, client: str) -> dict[str, Any]:
    """Arguments of any kafka-python client. `client`: what it is, for the broker's logs and quotas."""
    return {
        "bootstrap_servers": servers(settings),
        "client_id": f"claimwire-{client}",
        "bootstrap_timeout_ms": PATIENCE_MS,
        "reconnect_backoff_max_ms": _BACKOFF_MAX_MS,
        **security.kafka_python(settings.kafka),
    }


def aiokafka(settings: Settings, *, client: str) -> dict[str, Any]:
    """Arguments of any aiokafka client. `client`: as above."""
    return {
        "bootstrap_servers": servers(settings),
        "client_id": f"claimwire-{client}",
        **security.aiokafka(settings.kafka),
    }


def largest_record(settings: Settings) -> int:
    """Bytes of the largest record that producers send and topics take.

    Twice the largest raw record: an annotated article holds the text and what was found in it.
    """
    return max(16 * 1024 * 1024, 2 * settings.limits.max_record_bytes)


@contextmanager
def reachable(settings: Settings) -> Iterator[None]:
    """Within: what goes wrong between kafka-python and the cluster raises BrokerUnavailable, which a later try may
    mend, AccessDenied, or ClusterRefused."""
    try:
        yield
    except RetriableError as error:
        # The client tells why only in its log.
        hint = diagnosis.check(settings.kafka, servers(settings))
        detail = hint if "bootstrap" in str(error) else str(error) or type(error).__name__
        raise BrokerUnavailable(settings.kafka.bootstrap_servers, detail) from error
    except KafkaError as error:
        denied = diagnosis.denied(error, settings.kafka)
        if denied is not None:
            raise denied from error
        raise ClusterRefused("do this", str(error) or type(error).__name__) from error
