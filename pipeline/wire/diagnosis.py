"""Why a cluster does not let us in. The clients log it and try for ever; this asks once more, by hand, and says it."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import errors as aiokafka_errors
from aiokafka.conn import create_conn
from aiokafka.protocol.metadata import MetadataRequest
from kafka import errors as kafka_errors

from pipeline.errors import AccessDenied, ClaimwireError
from pipeline.settings import KafkaSettings
from pipeline.wire import security

_SECONDS = 5.0
# ApiVersions, version 0, correlation 1, client id "claimwire": the first request of every client.
_HELLO = struct.pack(">hhih", 18, 0, 1, 9) + b"claimwire"
_VALIDITY = re.compile(rb"\x30.(?:\x17\x0d\d{12}Z|\x18\x0f\d{14}Z)(?:\x17\x0d(\d{12})Z|\x18\x0f(\d{14})Z)", re.DOTALL)

_CERTIFICATE = ("kafka.certificate_file", "kafka.key_file")
_LOGINS = {"OAUTHBEARER": ("kafka.token_file", "kafka.token_url", "kafka.client_id", "kafka.client_secret")}
_LOGIN = ("kafka.username", "kafka.password")

_HINT = "it accepts connections, and does not answer as expected: does kafka.security_protocol fit?"

_REFUSED = (
    aiokafka_errors.SaslAuthenticationFailed,
    aiokafka_errors.AuthenticationFailedError,
    kafka_errors.SaslAuthenticationFailedError,
)
_UNSUPPORTED = (aiokafka_errors.UnsupportedSaslMechanismError, kafka_errors.UnsupportedSaslMechanismError)
_RESOURCES = {
    "TopicAuthorizationFailed": "a topic",
    "GroupAuthorizationFailed": "the consumer group",
    "TransactionalIdAuthorizationFailed": "the transactional id",
    "ClusterAuthorizationFailed": "the cluster",
}


def check(settings: KafkaSettings, servers: Iterable[str]) -> str:
    """Knocks at each server until one opens, and returns what else may be wrong; "" where nothing is known.

    Blocking, not inside an event loop. Raises AccessDenied where one says that we may not come in; SettingsInvalid;
    BrokerUnavailable of a token's issuer.
    """
    hint = ""
    for server in servers:
        host, _, port = server.rpartition(":")
        try:
            if settings.tls:
                _shake_hands(host.strip("[]"), int(port), server, settings)
            else:
                socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS).close()
            if settings.sasl:
                asyncio.run(_log_in(host.strip("[]"), int(port), server, settings))
        except _Closed:
            hint = _HINT
        except (OSError, ValueError, kafka_errors.KafkaError, aiokafka_errors.KafkaError):
            continue
        else:
            return _HINT
    return hint


class _Closed(Exception):
    """The connection was made, and ended at our first word."""


def denied(error: BaseException, settings: KafkaSettings, server: str = "the cluster") -> AccessDenied | None:
    """What a client's error says about access, of either library; None where it is about something else."""
    said = str(error) or type(error).__name__
    if isinstance(error, _REFUSED):
        who = "the token" if settings.sasl_mechanism == "OAUTHBEARER" else f"the user {settings.username}"
        return AccessDenied(f"{server} refuses {who}: {said}", _LOGINS.get(settings.sasl_mechanism or "", _LOGIN))
    if isinstance(error, _UNSUPPORTED):
        return AccessDenied(f"{server} takes no {settings.sasl_mechanism}: {said}", ["kafka.sasl_mechanism"])
    for name, resource in _RESOURCES.items():
        if type(error).__name__.removesuffix("Error") == name:
            who = settings.username or ("our certificate" if settings.certificate_file else "this client")
            return AccessDenied(
                f"{who} has no ACL for {resource}: {said}",
                _LOGIN if settings.sasl else _CERTIFICATE,
                remedy="Have whoever runs the cluster add the ACLs that docs/security.md lists, or log in as another "
                "user (kafka.username, kafka.certificate_file).",
            )
    return None


def _shake_hands(host: str, port: int, server: str, settings: KafkaSettings) -> None:
    context = security.ssl_context(settings)
    _check_own(settings)
    with socket.create_connection((host, port), timeout=_SECONDS) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=host) as encrypted:
                # With TLS 1.3 what the broker thinks of our certificate comes after the handshake.
                encrypted.sendall(struct.pack(">i", len(_HELLO)) + _HELLO)
                if not encrypted.recv(1):
                    raise _Closed
        except ssl.SSLCertVerificationError as error:
            raise AccessDenied(f"the certificate of {server}: {error.verify_message}", ["kafka.ca_file"]) from None
        except ssl.SSLError as error:
            reason = (error.reason or str(error)).lower().replace("_", " ")
            if "alert" in reason and ("certificate" in reason or "unknown ca" in reason):
                raise AccessDenied(f"{server} does not take our certificate: {reason}", _CERTIFICATE) from None
            if "wrong version number" in reason or "record layer failure" in reason:
                raise AccessDenied(f"{server} does not speak TLS", ["kafka.security_protocol"]) from None
            raise _Closed from None  # a broker that is stopping does so as well
        except ConnectionError:
            raise _Closed from None


async def _log_in(host: str, port: int, server: str, settings: KafkaSettings) -> None:
    try:
        connection = await asyncio.wait_for(
            create_conn(host, port, request_timeout_ms=int(_SECONDS * 1000), **security.aiokafka(settings)),
            2 * _SECONDS,
        )
    except ClaimwireError:
        raise
    except aiokafka_errors.KafkaError as error:
        found = denied(error, settings, server)
        if found is not None:
            raise found from None
        raise
    except ValueError as error:
        # A SCRAM server that does not prove itself.
        raise AccessDenied(f"{server} and {settings.sasl_mechanism}: {error}", _LOGIN) from None
    try:
        if settings.sasl_mechanism == "OAUTHBEARER":
            # The client takes a refusal for an answer; what it sends next is refused for good.
            await connection.send(MetadataRequest([]))
    except aiokafka_errors.KafkaError:
        raise AccessDenied(f"{server} refuses the token", _LOGINS["OAUTHBEARER"]) from None
    finally:
        connection.close()


def _check_own(settings: KafkaSettings) -> None:
    """What a broker says of an expired certificate is, as a rule, "certificate unknown"."""
    if settings.certificate_file is None:
        return
    end = expiry(settings.certificate_file)
    if end is not None and end < datetime.now(UTC):
        raise AccessDenied(
            f"our certificate, {settings.certificate_file}, has expired on {end:%Y-%m-%d %H:%M}Z", _CERTIFICATE[:1]
        )


def expiry(file: Path) -> datetime | None:
    """When the first certificate in a PEM file ends; None where there is none that can be read."""
    try:
        pem = re.search(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", file.read_text("ascii"), re.DOTALL)
        # The two times of its validity are the only pair of times in a certificate.
        found = _VALIDITY.search(ssl.PEM_cert_to_DER_cert(pem[0])) if pem else None
    except (OSError, ValueError):
        return None
    if found is None:
        return None
    short, long = (part.decode() if part else "" for part in found.groups())
    # RFC 5280, 4.1.2.5.1: two digits from 50 on are of the twentieth century.
    text = long or ("19" if int(short[:2]) >= 50 else "20") + short
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
