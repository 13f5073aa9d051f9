"""The alert rules against what Grafana's file provisioning asks for."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from grafana import alerts
from tests.conftest import ROOT

PROVISIONING = ROOT / "grafana" / "provisioning"
FILE = PROVISIONING / "alerting" / "rules.json"


def rules() -> list[dict[str, Any]]:
    [group] = json.loads(FILE.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def test_the_committed_file_is_what_the_code_says() -> None:
    assert FILE.read_text(encoding="utf-8") == alerts.render()


def test_each_rule_asks_a_datasource_that_is_provisioned_over_a_real_range() -> None:
    files = (PROVISIONING / "datasources").glob("*.yml")
    sources = [source for file in files for source in yaml.safe_load(file.read_text())["datasources"]]
    for rule in rules():
        query, reduced, threshold = rule["data"]
        assert query["datasourceUid"] in {source["uid"] for source in sources}
        assert query["relativeTimeRange"]["from"] > query["relativeTimeRange"]["to"] == 0
        assert (reduced["model"]["expression"], threshold["model"]["expression"]) == ("A", "B")
        assert rule["condition"] == threshold["refId"] == "C"


def test_no_two_rules_share_a_uid_or_a_title_and_each_explains_itself() -> None:
    for key in ("uid", "title"):
        assert len({rule[key] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["annotations"]["summary"] and rule["annotations"]["description"].endswith(".")


def test_every_dollar_sign_is_a_variable_of_grafanas_environment_or_doubled() -> None:
    names = set(re.findall(r"\$+\w*", FILE.read_text(encoding="utf-8")))
    assert {name for name in names if not name.startswith("$$")} == {alerts.READINGS, alerts.MONITORING}
