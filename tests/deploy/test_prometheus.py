"""Alert rules and the dashboard ask for metrics that there are; promtool, where it is, checks and tries the rules."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from pipeline import metrics
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((REPOSITORY / "deploy" / "grafana" / "claimwire.json").read_text())
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


@pytest.mark.parametrize("arguments", [("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")])
def test_promtool_accepts_the_rules(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool on this machine (apt-get install prometheus)")
    done = subprocess.run([promtool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
