"""The provisioning files, and that the committed JSON is what the code builds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from grafana import build
from tests.contract.dashboards.boards import PROVISIONING

SETTINGS = {
    "INFLUXDB_URL", "INFLUXDB_ORG", "INFLUXDB_BUCKET", "INFLUXDB_MONITORING_BUCKET", "INFLUXDB_TOKEN",
    "GRAFANA_DASHBOARDS",
}  # fmt: skip


def provisioned(file: str, kind: str) -> dict[str, Any]:
    """The only entry of a provisioning file."""
    (entry,) = yaml.safe_load((PROVISIONING / file).read_text(encoding="utf-8"))[kind]
    return dict(entry)


def test_provisioning_reads_only_known_settings() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(PROVISIONING.rglob("*.yml")))
    assert set(re.findall(r"\$\{?(\w+)", text)) == SETTINGS


def test_the_datasource_is_read_by_flux_with_a_token_from_the_environment() -> None:
    source = provisioned("datasources/influxdb.yml", "datasources")
    assert (source["uid"], source["type"], source["url"]) == ("influxdb", "influxdb", "$INFLUXDB_URL")
    assert source["isDefault"] is True and source["editable"] is False
    settings = {"version": "Flux", "organization": "$INFLUXDB_ORG", "defaultBucket": "$INFLUXDB_BUCKET"}
    assert settings.items() <= source["jsonData"].items()
    assert source["secureJsonData"] == {"token": "$INFLUXDB_TOKEN"}


def test_grafana_may_not_change_provisioned_dashboards() -> None:
    provider = provisioned("dashboards/dashboards.yml", "providers")
    assert provider["disableDeletion"] is True and provider["allowUiUpdates"] is False
    assert (provider["type"], provider["folder"]) == ("file", "Weather")
    assert provider["options"] == {"path": "$GRAFANA_DASHBOARDS"}


def test_the_committed_json_is_what_the_code_builds() -> None:
    assert build.stale() == []
    assert build.main(["--check"]) == 0


def test_the_check_notices_missing_changed_and_foreign_files(tmp_path: Path) -> None:
    assert build.main(["--check", "--folder", str(tmp_path)]) == 1
    assert build.main(["--folder", str(tmp_path)]) == 0
    assert build.main(["--check", "--folder", str(tmp_path)]) == 0
    built = tmp_path / "dashboards" / "json" / "meteo.json"
    built.write_text(built.read_text(encoding="utf-8").replace("Readings", "Counts"), encoding="utf-8")
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    assert build.stale(tmp_path) == ["dashboards/json/meteo.json", "other.json"]
    assert build.main(["--check", "--folder", str(tmp_path)]) == 1
