"""Secrets: from the environment, or from a file that a setting names, as orchestrators mount them. Never logged."""

from pathlib import Path

from pydantic import SecretStr

from pipeline.errors import SettingsInvalid


def secret(name: str, value: SecretStr | None, file: Path | None) -> str | None:
    """The secret that the setting `name` holds, or that the file of `name`_file holds, without its last line break.

    None where neither is set. Raises SettingsInvalid where both are, or where the file cannot be read or is empty.
    """
    if file is None:
        return value.get_secret_value() if value is not None else None
    if value is not None:
        raise SettingsInvalid([f"{name} and {name}_file are both set: keep one"])
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise SettingsInvalid([f"{name}_file: {file}: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise SettingsInvalid([f"{name}_file: {file}: no UTF-8"]) from None
    text = text.rstrip("\r\n")
    if not text.strip():
        raise SettingsInvalid([f"{name}_file: {file} is empty"])
    return text
