# SPDX-License-Identifier: Apache-2.0
"""The dashboard and the alerts speak of series that there are, of all of them, and each alert has its page."""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml
from conftest import ROOT
from daemon import Daemon
from exposition import read_metrics

DASHBOARD = os.path.join(ROOT, "packaging", "grafana", "tollgate.json")
RULES = os.path.join(ROOT, "packaging", "prometheus", "tollgate.rules.yaml")
NAME = re.compile(r"\b(?:tollgate|process)_[a-z_]+\b")
LEFT_OUT = set()  # series of ours that no panel shows


@pytest.fixture(name="series", scope="module")
def series_fixture(tmp_path_factory, tollgate):
    """Every name under which a value can be asked for, and every family."""
    book = tmp_path_factory.mktemp("operations") / "book"
    assert tollgate("init", book).code == 0
    with Daemon(tollgate, "--data", book) as daemon:
        daemon.get("/healthz")
        families = read_metrics(daemon.get("/metrics").text)
    names = set()
    for name, (kind, _) in families.items():
        names |= {name + ending for ending in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    return names, set(families)


def expressions():
    with open(DASHBOARD, encoding="utf-8") as file:
        board = json.load(file)
    panels = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    with open(RULES, encoding="utf-8") as file:
        rules = yaml.safe_load(file)["groups"][0]["rules"]
    return panels, rules


def family(name, families):
    return name if name in families else re.sub(r"_(bucket|sum|count)$", "", name)


def test_every_series_named_exists(series):
    panels, rules = expressions()
    named = set(NAME.findall(" ".join(panels + [rule["expr"] for rule in rules])))
    assert named - series[0] == set()


def test_every_series_of_ours_is_on_the_dashboard(series):
    panels, _ = expressions()
    shown = {family(name, series[1]) for name in NAME.findall(" ".join(panels))}
    assert series[1] - shown == LEFT_OUT


def test_panels_do_not_overlap_and_say_what_they_show():
    with open(DASHBOARD, encoding="utf-8") as file:
        panels = json.load(file)["panels"]
    taken = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["title"] and (panel["type"] == "row" or panel["description"].endswith("."))
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_alert_has_its_page():
    with open(os.path.join(ROOT, "docs", "operations.md"), encoding="utf-8") as file:
        page = file.read()
    parts = {heading: [] for heading in ("Alerts that page", "Alerts for the next day")}
    for heading, text in re.findall(r"(?ms)^## ([^\n]+)\n(.*?)(?=^## |\Z)", page):
        if heading in parts:
            parts[heading] = re.findall(r"(?m)^### (\w+)$", text)
    _, rules = expressions()
    assert parts["Alerts that page"] == [rule["alert"] for rule in rules if rule["labels"]["severity"] == "page"]
    by_day = [rule["alert"] for rule in rules if rule["labels"]["severity"] == "work"]
    assert sorted(parts["Alerts for the next day"]) == sorted(by_day)


def test_promtool_takes_the_rules():
    if shutil.which("promtool") is None:
        pytest.skip("promtool (package prometheus) is not installed")
    told = subprocess.run(["promtool", "check", "rules", RULES], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8")
    assert told.returncode == 0, told.stdout
