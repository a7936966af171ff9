from pathlib import Path

import pytest

from pipeline.cli.demo_show import Show
from pipeline.cli.invocation import Invocation
from pipeline.cli.run import view


def test_the_page_fills_no_database_but_its_own(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://claims@localhost/claims")
    (bare / "claimwire.toml").write_text("database.url = 'postgresql://claims@localhost/claims'")
    show = Show(Invocation(flags={"state_dir": str(bare)}), own_cluster=True)
    command = show.page_command(8300)
    options = command[command.index("view") + 1 :]
    assert view.make_context("view", options).params["url"] == f"sqlite:///{bare}/demo/view.db"
