"""No service has more rights or secrets than it needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from stack.docker import environment as compose_environment
from testing.environment import settings_environment
from tests.contract.compose.files import MAIN, MONITOR, OURS, Service, config
from weather import settings


def test_nothing_runs_as_root_or_with_more_rights_than_it_needs(services: dict[str, Service]) -> None:
    for dockerfile in OURS.values():
        last_stage = dockerfile.read_text().rpartition("\nFROM ")[2]
        assert re.findall(r"^USER (\w+)", last_stage, re.MULTILINE) == ["app"]
    for name, service in services.items():
        assert str(service.get("user", "image's own")).split(":")[0] not in ("0", "root"), name
        assert "privileged" not in service, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_no_secret_is_in_an_environment_a_label_a_command_or_an_image() -> None:
    secret = {"INFLUXDB_PASS": "a-pass-of-influxdb", "GRAFANA_PASS": "a-pass-of-grafana"}
    result = config(settings_environment(**secret), MAIN, MONITOR)
    assert result.returncode == 0
    assert not any(value in result.stdout for value in secret.values())
    suspicious = re.compile(r"TOKEN|PASS|SECRET_KEY")
    harmless = re.compile(r"_FILE$|^MARIADB_ALLOW_EMPTY_ROOT_PASSWORD$")
    for service in yaml.safe_load(result.stdout)["services"].values():
        given = [*service.get("environment", {}), *service.get("build", {}).get("args", {})]
        assert [name for name in given if suspicious.search(name) and not harmless.search(name)] == []


def test_what_runs_in_our_images_can_write_to_its_volumes_only(services: dict[str, Service]) -> None:
    ours = {name for name, service in services.items() if service["image"].endswith(("-datastream", "-spark"))}
    assert ours >= {"datastream", "spark-master", "spark-worker", "spark-app", "setup"}
    assert {name for name, service in services.items() if service.get("read_only")} == ours


def test_each_token_reaches_only_the_service_that_needs_it(services: dict[str, Service]) -> None:
    mounted = {
        name: {secret["source"] for secret in service["secrets"]}
        for name, service in services.items()
        if service.get("secrets")
    }
    write, read_only = {"influxdb_write_token"}, {"influxdb_read_token", "grafana_password"}
    table = {"sql_password"}
    assert mounted == {
        "datastream": table, "spark-worker": write, "spark-app": write, "grafana": read_only, "database": table,
        "weather-generator": table,
    }  # fmt: skip
    assert set(compose_environment.SECRETS) == write | read_only | table
    whole_folder = {
        name
        for name, service in services.items()
        for mount in service.get("volumes", [])
        if mount["type"] == "bind" and "secrets" in mount["source"]
    }
    assert whole_folder == {"setup"}


def test_secrets_are_the_files_that_the_set_up_writes(environment: dict[str, str], project: dict[str, Any]) -> None:
    influxdb = settings.InfluxDB.load(settings.Variables(environment))
    files = {name: Path(secret["file"]) for name, secret in project["secrets"].items()}
    assert files["influxdb_write_token"] == influxdb.write_token_file
    assert files["influxdb_read_token"] == influxdb.read_token_file
    assert files["grafana_password"] == influxdb.secrets / "grafana_password"
    in_setup = next(m for m in project["services"]["setup"]["volumes"] if m["type"] == "bind")
    assert (in_setup["source"], in_setup["target"]) == (
        str(influxdb.secrets), project["services"]["setup"]["environment"]["SECRETS_DIR"],
    )  # fmt: skip
