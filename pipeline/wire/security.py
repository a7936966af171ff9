"""How every client is let in: TLS and SASL, as kafka-python, aiokafka and Faust want to be told."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from pipeline.errors import SettingsInvalid
from pipeline.secrets import secret
from pipeline.settings import KafkaSettings
from pipeline.wire.oauth import ForAiokafka, ForKafkaPython, TokenSource

if TYPE_CHECKING:
    from faust.types.auth import CredentialsT


def kafka_python(settings: KafkaSettings) -> dict[str, Any]:
    """Arguments of any kafka-python client. Raises SettingsInvalid."""
    arguments = _common(settings)
    if settings.sasl_mechanism == "OAUTHBEARER":
        arguments["sasl_oauth_token_provider"] = ForKafkaPython(TokenSource(settings))
    return arguments


def aiokafka(settings: KafkaSettings) -> dict[str, Any]:
    """Arguments of any aiokafka client. Raises SettingsInvalid."""
    arguments = _common(settings)
    if settings.sasl_mechanism == "OAUTHBEARER":
        arguments["sasl_oauth_token_provider"] = ForAiokafka(TokenSource(settings))
    return arguments


def faust_credentials(settings: KafkaSettings) -> CredentialsT | None:
    """`broker_credentials` of a Faust app; None without any. Raises SettingsInvalid."""
    import faust  # half a second, which only processors need

    context = ssl_context(settings) if settings.tls else None
    if settings.sasl_mechanism == "OAUTHBEARER":
        return faust.OAuthCredentials(oauth_cb=ForAiokafka(TokenSource(settings)), ssl_context=context)
    if settings.sasl:
        return faust.SASLCredentials(
            username=settings.username,
            password=_password(settings),
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None


def ssl_context(settings: KafkaSettings) -> ssl.SSLContext:
    """TLS 1.2 or later; the broker's certificate and name are checked. Raises SettingsInvalid."""
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsInvalid([f"kafka.ca_file: {settings.ca_file}: {_said(error)}"]) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.certificate_file is not None:
        password = secret("kafka.key_password", settings.key_password, settings.key_password_file)
        try:
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(settings.certificate_file, settings.key_file, password or "")
        except (OSError, ssl.SSLError) as error:
            files = f"{settings.certificate_file}, {settings.key_file or settings.certificate_file}"
            raise SettingsInvalid(
                [f"kafka.certificate_file, kafka.key_file, kafka.key_password: {files}: {_said(error)}"]
            ) from None
    return context


def _common(settings: KafkaSettings) -> dict[str, Any]:
    if settings.security_protocol == "PLAINTEXT":
        return {}
    arguments: dict[str, Any] = {"security_protocol": settings.security_protocol}
    if settings.tls:
        arguments["ssl_context"] = ssl_context(settings)
    if settings.sasl:
        arguments["sasl_mechanism"] = settings.sasl_mechanism
    if settings.username is not None:
        arguments |= {"sasl_plain_username": settings.username, "sasl_plain_password": _password(settings)}
    return arguments


def _password(settings: KafkaSettings) -> str | None:
    return secret("kafka.password", settings.password, settings.password_file)


def _said(error: OSError) -> str:
    return error.strerror or str(error)
