import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.producers import targets
from pipeline.settings import Settings

pytestmark = [pytest.mark.usefixtures("bare"), pytest.mark.broker]


def test_what_others_write_commands_no_terminal(topics: Settings) -> None:
    target = targets.add(topics, "A deal\x1b[2J\u202e is close")
    options = ["--set", f"kafka.bootstrap_servers={topics.kafka.bootstrap_servers}"]
    done = CliRunner().invoke(cli, [*options, "--set", f"topic_prefix={topics.topic_prefix}", "targets", "list"])
    assert (done.exit_code, done.output) == (
        0,
        f"{target.id}  {target.created_at:%Y-%m-%d %H:%M}  A deal[2J is close\n",
    )
