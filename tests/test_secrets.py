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


@pytest.mark.usefixtures("bare")
def test_no_secret_is_printed_or_taken_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    names = list(_secrets(Settings))
    assert "gateway.tokens" in names
    for name in names:
        monkeypatch.setenv(f"CLAIMWIRE_{name.replace('.', '__').upper()}", "do-not-show-this-one")
        with pytest.raises(SettingsInvalid, match="a secret, not to be given by --set"):
            load(flags={name: "do-not-show-this-one"})
    for arguments in (["settings"], ["settings", "--json"], ["settings", "--describe"]):
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0
        assert "do-not-show" not in done.output
    assert "do-not-show" not in repr(load())
    assert {setting.name for setting in explain() if isinstance(setting.value, SecretStr)} == set(names)
