from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from pipeline.cli.main import cli
from pipeline.errors import SettingsInvalid
from pipeline.secrets import secret
from pipeline.settings import Settings
from pipeline.settings_loading import _secrets, explain, load


def test_from_the_variable_or_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    assert secret("a.b", SecretStr("x"), None) == "x"
    assert secret("a.b", None, file) == "s3cret"
    assert secret("a.b", None, None) is None
    with pytest.raises(SettingsInvalid, match="both set"):
        secret("a.b", SecretStr("x"), file)
    with pytest.raises(SettingsInvalid, match="No such file"):
        secret("a.b", None, tmp_path / "absent")
    file.write_text("\n")
    with pytest.raises(SettingsInvalid, match="is empty"):
        secret("a.b", None, file)


# Each secret where it is of use.
REGISTRY = {"SCHEMA_REGISTRY__URL": "https://registry.example"}
PLAIN = {
    "KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA__SASL_MECHANISM": "PLAIN",
    "KAFKA__USERNAME": "anna",
    **REGISTRY,
    "SCHEMA_REGISTRY__USERNAME": "anna",
}
TOKENS = {
    "KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA__SASL_MECHANISM": "OAUTHBEARER",
    "KAFKA__TOKEN_URL": "https://strait.example",
    "KAFKA__CLIENT_ID": "anna",
    **REGISTRY,
}
SECRET = "do-not-show-this-one"


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("login", "unused"),
    [
        (PLAIN, {"kafka.client_secret", "schema_registry.token"}),
        (TOKENS, {"kafka.password", "schema_registry.password"}),
    ],
)
def test_no_secret_is_printed(login: dict[str, str], unused: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    names = set(_secrets(Settings)) - unused
    assert {"gateway.tokens", "kafka.key_password"} < names
    for name in names:
        monkeypatch.setenv(f"CLAIMWIRE_{name.replace('.', '__').upper()}", SECRET)
    for name, value in login.items():
        monkeypatch.setenv(f"CLAIMWIRE_{name}", value)
    for arguments in (["settings"], ["settings", "--json"], ["settings", "--describe"]):
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0
        assert SECRET not in done.output
    assert SECRET not in repr(load())
    assert {setting.name for setting in explain() if isinstance(setting.value, SecretStr)} == names


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("name", _secrets(Settings))
def test_no_secret_is_taken_from_the_command_line(name: str) -> None:
    with pytest.raises(SettingsInvalid, match="a secret, not to be given by --set") as caught:
        load(flags={name: SECRET})
    assert SECRET not in caught.value.message
