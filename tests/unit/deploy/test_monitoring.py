"""The alert rules and the dashboard ask for metrics that exist, and each rule says whom to call and what to do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram

from schemas.process import metrics

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yaml"
FIRING = Path(__file__).with_name("alerts_test.yaml")
DASHBOARD = DEPLOY / "grafana" / "pupilstream.json"
RULE = re.compile(r"- alert: (\w+)\n\s+expr: (.+)\n(?:.+\n)*?\s+severity: (page|ticket)\n\s+annotations:\n(?:.+\n?)+")
NAME = re.compile(r"\bpupilstream_\w+")


def rules() -> list[re.Match[str]]:
    """Every rule of the file."""
    return list(RULE.finditer(RULES.read_text(encoding="utf-8")))


def dashboard() -> list[str]:
    """Every expression of the dashboard."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def exist() -> set[str]:
    """The names under which Prometheus knows our metrics."""
    ours = [metric for metric in vars(metrics).values() if isinstance(metric, Counter | Gauge | Histogram)]
    families = [(family.name, family.type) for metric in ours for family in metric.describe()]
    ends = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}
    return {name + end for name, kind in families for end in ends[kind]}


def test_every_rule_is_complete() -> None:
    """Whom to call, what it is about, and what to do about it."""
    found = rules()

    assert len(found) == RULES.read_text(encoding="utf-8").count("- alert:")
    assert all("summary:" in rule[0] and "what_to_do:" in rule[0] for rule in found)
    assert len({rule[1] for rule in found}) == len(found)


@pytest.mark.parametrize("expression", [rule[2] for rule in rules()] + dashboard())
def test_every_expression_asks_for_metrics_that_exist(expression: str) -> None:
    """A rule on a name that nobody tells never fires."""
    asked = set(NAME.findall(expression))

    assert asked <= exist()
    assert asked or "process_" in expression


def test_prometheus_takes_the_rules() -> None:
    """Checked, and fired, by `promtool` where it is installed; in any case each rule is one line, without a tab."""
    text = RULES.read_text(encoding="utf-8")
    promtool = shutil.which("promtool")

    assert "\t" not in text
    assert text.count("expr:") == text.count("- alert:")
    if promtool is not None:
        for question, file in (("check", RULES), ("test", FIRING)):
            done = subprocess.run([promtool, question, "rules", file], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
