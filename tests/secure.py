"""A broker that lets in only whom it knows, for the tests that need one.

Beside the plain listener, whose clients may do everything (the tests' own), it listens with SASL_SSL and with TLS that
wants a certificate; there, clients may do only what ACLs say.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives import serialization
from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from pipeline.grants import Grant
from pipeline.settings import BrokerSettings, KafkaSettings, Settings
from pipeline.wire.broker import LocalBroker
from pipeline.wire.broker.config import HOST
from pipeline.wire.broker.ports import free_ports
from tests.processors.harness import until

PASSWORD = "correct-horse-battery"
USERS = ("annotator", "relations", "gateway", "feeds", "view", "sink", "operator", "stranger", "newcomer")
_NAME = "client.example"  # Java takes no certificate without any alternative name
_MODULE = "org.apache.kafka.common.security"


@dataclass(frozen=True, slots=True)
class Guarded:
    """`plain`: the tests' own way in; `sasl` and `tls`: host:port of the guarded listeners. Files are PEM."""

    plain: str
    sasl: str
    tls: str
    folder: Path

    def login(self, user: str = "annotator", mechanism: str = "SCRAM-SHA-512", **changes: Any) -> KafkaSettings:
        """By name and password."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.sasl,
            "security_protocol": "SASL_SSL",
            "ca_file": self.folder / "ca.pem",
            "sasl_mechanism": mechanism,
            "username": user,
            "password": PASSWORD,
        }
        return KafkaSettings.model_validate({**settings, **changes})

    def certificate(self, name: str = "annotator", **changes: Any) -> KafkaSettings:
        """By certificate: "annotator", "stranger", "expired", or "forged" (of another authority)."""
        settings = {
            "bootstrap_servers": self.tls,
            "security_protocol": "SSL",
            "ca_file": self.folder / "ca.pem",
            "certificate_file": self.folder / f"{name}.pem",
        }
        return KafkaSettings.model_validate({**settings, **changes})

    def token(self, user: str = "annotator", **changes: Any) -> KafkaSettings:
        """By a token that nobody has signed, which a broker takes as long as it has no keys."""
        file = self.folder / f"{user}.jwt"
        file.write_text(unsigned_token(user))
        settings = {
            "bootstrap_servers": self.sasl,
            "security_protocol": "SASL_SSL",
            "ca_file": self.folder / "ca.pem",
            "sasl_mechanism": "OAUTHBEARER",
            "token_file": file,
        }
        return KafkaSettings.model_validate({**settings, **changes})

    def allow(self, user: str, grant: Grant, settings: Settings, without: str = "") -> None:
        """ACLs for exactly `grant`, except for the resource type `without`."""
        with KafkaAdminClient(bootstrap_servers=self.plain) as client:
            wanted = [acl for acl in acls(user, grant, settings) if _type(acl) != without]
            made = client.create_acls(wanted)
            assert not made["failed"], made
            # The controller has them, and the broker a moment later.
            any_resource = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
            of_user = ACLFilter(f"User:{user}", None, ACLOperation.ANY, ACLPermissionType.ANY, any_resource)
            known = until(lambda: client.describe_acls(of_user)[0], lambda known: set(wanted) <= set(known))
            assert set(wanted) <= set(known)


def _type(acl: ACL) -> str:
    name: str = acl.resource_pattern.resource_type.name
    return name


def acls(user: str, grant: Grant, settings: Settings) -> Iterator[ACL]:
    """What `grant` means on a cluster with these settings' names."""

    def acl(operation: str, type: ResourceType, name: str, pattern: Any) -> ACL:
        resource = ResourcePattern(type, name, pattern)
        return ACL(f"User:{user}", "*", ACLOperation[operation], ACLPermissionType.ALLOW, resource)

    for resource in grant.resources(settings.topic_prefix):
        pattern = ACLResourcePatternType.PREFIXED if resource.prefixed else ACLResourcePatternType.LITERAL
        for operation in resource.operations:
            yield acl(operation, ResourceType[resource.type.replace("-", "_").upper()], resource.name, pattern)


def unsigned_token(user: str) -> str:
    """A JSON Web Token without a signature."""
    import base64

    import orjson

    now = int(datetime.now(UTC).timestamp())
    parts = ({"alg": "none"}, {"sub": user, "iat": now - 5, "exp": now + 3600})
    return ".".join(base64.urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in parts) + "."


@contextmanager
def guarded(folder: Path) -> Iterator[tuple[Guarded, LocalBroker]]:
    """It runs within."""
    files = folder / "pki"
    files.mkdir()
    _certificates(files)
    plain, sasl, tls = free_ports(3)
    broker = _SecureBroker(BrokerSettings(port=plain), folder / "broker", files, sasl, tls)
    with broker:
        with KafkaAdminClient(bootstrap_servers=broker.servers) as client:
            done = client.alter_user_scram_credentials(
                [UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, PASSWORD) for user in USERS]
            )
        assert not any(done.values()), done
        yield Guarded(broker.servers, f"{HOST}:{sasl}", f"{HOST}:{tls}", files), broker


class _SecureBroker(LocalBroker):
    def __init__(self, settings: BrokerSettings, folder: Path, files: Path, sasl: int, tls: int) -> None:
        super().__init__(settings, folder)
        self._files = files
        self._ports = sasl, tls

    def configured(self, config: Any) -> Any:
        sasl, tls = self._ports
        listeners = f"CLIENTS://{config.address},SECURE://{HOST}:{sasl},TLS://{HOST}:{tls}"
        (voter,) = config.voters
        users = " ".join(f'user_{user}="{PASSWORD}"' for user in USERS)
        stores = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._files / "broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self._files / "ca.pem"),
        }
        secure = "listener.name.secure."
        overrides = {
            "listeners": f"{listeners},CONTROLLER://{HOST}:{voter.port}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,TLS:SSL",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            **{f"listener.name.{name}.{key}": value for name in ("secure", "tls") for key, value in stores.items()},
            "listener.name.tls.ssl.client.auth": "required",
            "listener.name.tls.ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
            f"{secure}sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512,OAUTHBEARER",
            f"{secure}plain.sasl.jaas.config": f"{_MODULE}.plain.PlainLoginModule required {users};",
            f"{secure}scram-sha-512.sasl.jaas.config": f"{_MODULE}.scram.ScramLoginModule required;",
            f"{secure}oauthbearer.sasl.jaas.config": f"{_MODULE}.oauthbearer.OAuthBearerLoginModule required "
            'unsecuredLoginStringClaim_sub="broker";',
        }
        return replace(config, overrides={**config.overrides, **overrides})


def _certificates(folder: Path) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(str(folder / "ca.pem"))
    now = datetime.now(UTC)
    _write(folder / "broker.pem", ours.issue_cert(HOST, "localhost"))
    for name in ("annotator", "stranger"):
        _write(folder / f"{name}.pem", ours.issue_cert(_NAME, common_name=name))
    began, ended = now - timedelta(days=9), now - timedelta(days=2)
    expired = ours.issue_cert(_NAME, common_name="annotator", not_before=began, not_after=ended)
    _write(folder / "expired.pem", expired)
    _write(folder / "forged.pem", theirs.issue_cert(_NAME, common_name="annotator"))
    theirs.cert_pem.write_to_path(str(folder / "other-ca.pem"))


def _write(path: Path, certificate: trustme.LeafCert) -> None:
    """Key and certificates in one file, the key in PKCS #8, the only form that Java reads."""
    key = serialization.load_pem_private_key(certificate.private_key_pem.bytes(), None)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(pem + b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
