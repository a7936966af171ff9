from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.errors import SettingsInvalid
from pipeline.settings_loading import explain

pytestmark = pytest.mark.usefixtures("bare")


def test_every_setting_has_a_line_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_DELIVERY", "at_least_once")
    lines = CliRunner().invoke(cli, ["settings"]).output.splitlines()
    assert [line.split()[0] for line in lines] == [setting.name for setting in explain()]
    assert ["delivery", "at_least_once", "CLAIMWIRE_DELIVERY"] in [line.split() for line in lines]


def test_describe_adds_meanings() -> None:
    output = CliRunner().invoke(cli, ["settings", "--describe"]).output
    assert all(setting.description in output for setting in explain())


def test_a_broken_file_is_named(bare: Path) -> None:
    (bare / "claimwire.toml").write_text("x")
    result = CliRunner().invoke(cli, ["settings"])
    assert isinstance(result.exception, SettingsInvalid)
    assert CliRunner().invoke(cli, ["--help"]).exit_code == 0
