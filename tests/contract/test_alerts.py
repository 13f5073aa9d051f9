"""The alert rules against what Grafana's file provisioning asks for."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from grafana import alerts, queries
from testing.environment import ROOT
from tests.contract.alert_template import filled_in

PROVISIONING = ROOT / "grafana" / "provisioning"
FILE = PROVISIONING / "alerting" / "rules.json"


def rules() -> list[dict[str, Any]]:
    [group] = json.loads(FILE.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def test_the_committed_file_is_what_the_code_says() -> None:
    assert FILE.read_text(encoding="utf-8") == alerts.render()


def test_each_rule_asks_the_data_source_of_its_bucket_over_a_real_range() -> None:
    files = (PROVISIONING / "datasources").glob("*.yml")
    sources = [source for file in files for source in yaml.safe_load(file.read_text())["datasources"]]
    bucket_of = {source["uid"]: source["jsonData"]["defaultBucket"] for source in sources}
    for rule in rules():
        query, reduced, threshold = rule["data"]
        of_readings = '"meteo"' in query["model"]["query"]
        wanted = "$INFLUXDB_BUCKET" if of_readings else "$INFLUXDB_MONITORING_BUCKET"
        assert bucket_of[query["datasourceUid"]] == wanted
        assert query["relativeTimeRange"]["from"] > query["relativeTimeRange"]["to"] == 0
        assert (reduced["model"]["expression"], threshold["model"]["expression"]) == ("A", "B")
        assert rule["condition"] == threshold["refId"] == "C"


def test_no_two_rules_share_a_uid_or_a_title_and_each_explains_itself() -> None:
    for key in ("uid", "title"):
        assert len({rule[key] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["annotations"]["summary"] and rule["annotations"]["description"].endswith(".")


def test_a_query_holds_nothing_that_grafana_leaves_as_it_is() -> None:
    now, minute = datetime(2014, 1, 1, tzinfo=UTC), timedelta(minutes=1)
    for rule in alerts.RULES:
        flux = queries.interpolate(rule.query, start=now, stop=now, window=minute, bucket="b", variables={})
        assert set(re.findall(r"bucket: *([^,)]+)", flux)) == {'"b"'}


@pytest.mark.parametrize("bucket", ['"$INFLUXDB_BUCKET"', '"${INFLUXDB_BUCKET}"', '"$$bucket"'])
def test_a_query_with_a_variable_of_the_environment_is_an_error(bucket: str) -> None:
    now, minute = datetime(2014, 1, 1, tzinfo=UTC), timedelta(minutes=1)
    query = alerts.RULES[0].query.replace("v.defaultBucket", bucket)
    with pytest.raises(ValueError, match=r"\$"):
        queries.interpolate(query, start=now, stop=now, window=minute, bucket="b", variables={})


@pytest.mark.parametrize(
    ("uid", "value", "text"),
    [
        ("station-silent", 93_784.0, "BREST has been silent for 1d 2h 3m 4s"),
        ("lag-growing", 12.0, "The lag of query meteo has grown in each of the last five minutes"),
        ("dead-letters", 3.0, "3 records of query meteo went to the dead-letter topic in the last ten minutes"),
        ("latency-high", 95.0, "The latency (95 %) of query meteo is 1m 35s"),
        ("disk-low", 0.0625, "6.25% of the stack's disk is free"),
    ],
)
def test_a_summary_is_written_for_people(uid: str, value: float, text: str) -> None:
    (rule,) = (rule for rule in rules() if rule["uid"] == uid)
    assert filled_in(rule["annotations"]["summary"], {"station": "BREST", "query": "meteo"}, value) == text


@pytest.mark.parametrize(
    "summary",
    [
        "{{ $$values.B.Value }} h",
        "$values.B.Value h",
        "{{ $value }}",
        "{{ $values.B.Value | shout }}",
        "{{ bold $labels.a }}",
    ],
)
def test_a_summary_that_grafana_would_not_fill_in_is_an_error(summary: str) -> None:
    with pytest.raises(ValueError):
        filled_in(summary, {"a": "b"}, 1.0)


def test_a_description_is_no_template() -> None:
    assert not [rule for rule in rules() if re.search(r"[${}]", rule["annotations"]["description"])]
