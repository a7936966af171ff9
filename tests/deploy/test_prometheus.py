"""Alert rules and the dashboard ask for metrics that there are; promtool checks and tries them."""

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import metrics
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD_FILE = REPOSITORY / "deploy" / "grafana" / "claimwire.json"
DASHBOARD: dict[str, Any] = json.loads(DASHBOARD_FILE.read_text())
TARGETS = [(panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]]


def series() -> dict[str, set[str]]:
    """Every series that Prometheus gets, and its labels."""
    found: dict[str, set[str]] = {}
    for metric in metrics.TABLE:
        suffixes = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        for suffix in suffixes:
            labels = {*metric.labels, "instance", "job", "service", *(["le"] if suffix == "_bucket" else [])}
            found[metric.name + suffix] = labels
    return found


def unknown(expression: str) -> list[str]:
    """What an expression asks for and does not get: metrics, and labels that none of its metrics has."""
    known = series()
    names = set(re.findall(r"claimwire_\w+", expression))
    labels = set(re.findall(r"[{,]\s*(\w+)\s*[=!]", expression))
    labels |= {label.strip() for group in re.findall(r"by \(([^)]+)\)", expression) for label in group.split(",")}
    lacking = sorted(names - known.keys())
    given = set().union(*(known[name] for name in names & known.keys()))
    return lacking + sorted(labels - given)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_asks_for_what_there_is(rule: dict[str, Any]) -> None:
    assert not unknown(rule["expr"])
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"]
    assert rule["labels"]["severity"] in ("warning", "critical")


@pytest.mark.parametrize(("title", "expression"), TARGETS)
def test_a_panel_asks_for_what_there_is(title: str, expression: str) -> None:
    assert not unknown(expression), title


def test_the_check_can_fail() -> None:
    assert unknown('sum by (colour) (rate(claimwire_articles_total{outcom="x"}[5m]))') == ["colour", "outcom"]
    assert unknown("claimwire_article_total") == ["claimwire_article_total"]


def test_every_metric_of_a_processor_is_on_the_dashboard() -> None:
    shown = " ".join(expression for _, expression in TARGETS)
    left_out = {"claimwire_build_info", "claimwire_ready", "claimwire_skipped_items_total"}
    assert all(metric.name in shown for metric in metrics.TABLE if metric.name not in left_out)


def test_the_manual_says_what_each_alert_means() -> None:
    manual = (REPOSITORY / "docs" / "operations.md").read_text()
    assert re.findall(r"^### (Claimwire\w+)$", manual, re.MULTILINE) == [rule["alert"] for rule in RULES]


def test_each_alert_is_tried_both_ways() -> None:
    """alerts_test.yml has a time at which it fires, and one at which it does not."""
    tried = [
        trial
        for test in yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
        for trial in test["alert_rule_test"]
    ]
    for rule in RULES:
        outcomes = {bool(trial["exp_alerts"]) for trial in tried if trial["alertname"] == rule["alert"]}
        assert outcomes == {True, False}, rule["alert"]


def check(promtool: Path, folder: Path) -> dict[str, str]:
    """What promtool finds wrong with the files of a folder: by its command, "" where nothing is."""
    config = folder / "prometheus.yml"
    config.write_text(config.read_text().replace("/etc/prometheus/", f"{folder}/"))
    rules = [
        {"record": f"panel:{number}", "expr": target["expr"]}
        for number, target in enumerate(
            target
            for panel in json.loads((folder / "claimwire.json").read_text())["panels"]
            for target in panel["targets"]
        )
    ]
    (folder / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    commands = {
        "rules": ("check", "rules", "alerts.yml"),
        "tests": ("test", "rules", "alerts_test.yml"),
        "config": ("check", "config", "prometheus.yml"),
        "panels": ("check", "rules", "panels.yml"),
    }
    found = {}
    for name, arguments in commands.items():
        done = subprocess.run([promtool, *arguments], cwd=folder, capture_output=True, text=True, check=False)
        found[name] = done.stdout + done.stderr if done.returncode else ""
    return found


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Copies of the rules, the configuration and the dashboard."""
    for path in (*FOLDER.iterdir(), DASHBOARD_FILE):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_promtool_finds_nothing_wrong(promtool: Path, files: Path) -> None:
    assert check(promtool, files) == {"rules": "", "tests": "", "config": "", "panels": ""}


BROKEN = {
    "rules": ("alerts.yml", "sum by (topic) (deriv(", "sum by (topic) deriv("),
    "rules, a field": ("alerts.yml", "        for: 30m", "        four: 30m"),
    "rules, a template": ("alerts.yml", "{{ $labels.topic }}", "{{ $labels.topic }"),
    "tests": ("alerts.yml", "> 0.05 *", "> 50 *"),
    "tests, never": ("alerts.yml", "[30m])) > 3", "[30m])) > 3000"),
    "config": ("prometheus.yml", "scrape_interval: 15s", "scrape_interval: often"),
    "config, a field": ("prometheus.yml", "dns_sd_configs:", "dns_sd_config:"),
    "config, no rules": ("prometheus.yml", "/alerts.yml", "/alert.yml.none"),
    "panels": (
        "claimwire.json",
        "sum by (outcome) (rate(claimwire_articles",
        "sum by outcome (rate(claimwire_articles",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_and_it_would(promtool: Path, files: Path, what: str) -> None:
    name, sound, broken = BROKEN[what]
    file = files / name
    assert sound in file.read_text()
    file.write_text(file.read_text().replace(sound, broken))
    assert check(promtool, files)[what.partition(",")[0]]


def lacking(dashboard: dict[str, Any]) -> list[str]:
    """What a panel lacks to be shown: an id and a place of its own, the data source that is provisioned, a title."""
    provisioned = yaml.safe_load((DASHBOARD_FILE.parent / "provisioning/datasources/prometheus.yaml").read_text())
    sources = {source["uid"] for source in provisioned["datasources"]}
    panels = dashboard["panels"]
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels]
    found = [f"panel {p['id']} without title" for p in panels if not p.get("title")]
    found += [f"panel {p['id']}: no such data source" for p in panels if p["datasource"]["uid"] not in sources]
    found += [f"place {place} is taken twice" for place in set(places) if places.count(place) > 1]
    ids = [p["id"] for p in panels]
    return found + [f"id {one} is taken twice" for one in set(ids) if ids.count(one) > 1]


@pytest.mark.parametrize(
    "change",
    [
        lambda panels: panels[0].update(title=""),
        lambda panels: panels[0]["datasource"].update(uid="other"),
        lambda panels: panels[0].update(id=panels[1]["id"]),
        lambda panels: panels[0].update(gridPos=panels[1]["gridPos"]),
    ],
    ids=["title", "source", "id", "place"],
)
def test_the_dashboard_is_whole_and_the_check_can_fail(change: Any) -> None:
    assert lacking(DASHBOARD) == []
    broken = copy.deepcopy(DASHBOARD)
    change(broken["panels"])
    assert lacking(broken)
