import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import cli
from pipeline.settings import Settings
from pipeline.topics import TOPICS

pytestmark = [pytest.mark.usefixtures("bare"), pytest.mark.broker]


def topics(settings: Settings, *arguments: str, partitions: int = 4) -> Result:
    flags = {
        "kafka.bootstrap_servers": settings.kafka.bootstrap_servers,
        "topic_prefix": settings.topic_prefix,
        "topics.partitions": partitions,
    }
    options = [part for name, value in flags.items() for part in ("--set", f"{name}={value}")]
    return CliRunner().invoke(cli, [*options, "topics", "apply", *arguments])


def test_creates_then_finds_all_as_wanted(kafka_settings: Settings) -> None:
    first, second = topics(kafka_settings), topics(kafka_settings)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert f"created  {kafka_settings.topic_prefix}claims\n" in first.output
    assert second.output == f"all {len(TOPICS)} topics are as wanted\n"


def test_shows_differences_and_changes_them_only_by_force(kafka_settings: Settings) -> None:
    topics(kafka_settings)
    shown = topics(kafka_settings, partitions=5)
    assert shown.exit_code == 1
    assert f"{kafka_settings.topic_prefix}claims" in shown.output
    assert "Nothing was changed" in shown.output
    forced = topics(kafka_settings, "--force", partitions=5)
    assert forced.output.count("partitions: 4 -> 5") == sum(topic.grows for topic in TOPICS.values())
    # The rest would leave an article's older records where they are.
    assert forced.exit_code == 1
    assert "topics.raw_partitions" in forced.output
    shrunk = topics(kafka_settings, "--force", partitions=4)
    assert shrunk.exit_code == 1
    assert "Partitions are only added" in shrunk.output


def test_a_run_gets_topics_of_its_own(kafka_settings: Settings) -> None:
    made = topics(kafka_settings, "--run", "may")
    assert made.exit_code == 0
    assert f"{kafka_settings.topic_prefix}claims.may" in made.output
