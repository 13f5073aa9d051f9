"""Compose accepts the files with all settings, and only with all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stack.common import profiles
from stack.docker import environment as compose_environment
from stack.docker import mode as compose
from stack.docker.mode import ComposeMode
from testing.environment import settings_environment
from tests.contract.compose.files import (
    MAIN,
    MONITOR,
    ONE_SHOT,
    Service,
    config,
    names_in_settings,
    ports,
    read,
    variables_of,
)
from weather import settings
from weather.errors import SettingsError


@pytest.mark.parametrize("files", [(MAIN,), (MAIN, MONITOR)], ids=["without KAFKA_MONITOR", "with KAFKA_MONITOR"])
def test_compose_accepts_the_files_with_the_settings_and_without_a_warning(
    environment: dict[str, str], files: tuple[Path, ...]
) -> None:
    result = config(environment, *files)
    assert (result.returncode, result.stderr) == (0, "")


def test_kafka_monitor_adds_kafka_ui_and_nothing_else(environment: dict[str, str]) -> None:
    without, with_it = read(environment, MAIN)["services"], read(environment, MAIN, MONITOR)["services"]
    assert set(with_it) - set(without) == {"kafka-ui"}


def test_the_one_shot_set_up_is_not_started_with_the_rest(environment: dict[str, str]) -> None:
    result = config(environment, MAIN, profiles=False)
    assert set(yaml.safe_load(result.stdout)["services"]) == set(compose.COMPONENTS)


def test_the_services_of_a_profile_are_those_that_the_set_up_starts_with_it(services: dict[str, Service]) -> None:
    given = {name: service.get("profiles", []) for name, service in services.items() if name not in ONE_SHOT}
    found = {profile: {name for name, of in given.items() if profile in of} for profile in profiles.PROFILES}
    absent = set(profiles.ABSENT["docker"])
    assert found == {profile: set(names) - absent for profile, names in profiles.PROFILES.items()}
    assert {name for name, of in given.items() if not of} == set(compose.COMPONENTS)


def test_an_unknown_profile_is_told_with_those_there_are() -> None:
    mode = ComposeMode(settings.Variables(settings_environment(STACK_PROFILES="sql, spqr")))
    with pytest.raises(SettingsError, match="no profile is called spqr; there are consumers, sql, hdfs, monitor"):
        mode.port_settings()


@pytest.mark.parametrize("name", sorted((variables_of(MAIN) | variables_of(MONITOR)) & names_in_settings()))
def test_a_missing_setting_stops_compose_with_its_name(environment: dict[str, str], name: str) -> None:
    result = config({k: v for k, v in environment.items() if k != name}, MAIN, MONITOR)
    assert result.returncode != 0
    assert f"required variable {name} is missing" in result.stderr


def test_every_variable_is_a_setting_or_derived_from_settings(environment: dict[str, str]) -> None:
    given_by_compose = {"COMPOSE_PROJECT_NAME"}
    used = variables_of(MAIN) | variables_of(MONITOR)
    derived = set(ComposeMode(settings.Variables(environment)).environment()) - set(environment)
    assert used - names_in_settings() - given_by_compose == derived


def test_what_is_derived_reaches_compose(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose_environment, "container_user", lambda: (1234, 5678))
    changed = environment | {"HOST": "0.0.0.0", "KAFKA_HEAP": "2g", "SPARK_DRIVER_MEMORY": "1g", "HDFS_HEAP": "500m"}
    derived = ComposeMode(settings.Variables(changed)).environment()
    found = read(derived, MAIN)["services"]
    assert "HOST://127.0.0.1:9092" in found["broker"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert found["broker"]["mem_limit"] == str((2048 + 512) * 2**20)
    assert found["datanode"]["mem_limit"] == str((500 + 300) * 2**20)
    assert found["spark-app"]["mem_limit"] == str((1024 + 768 + 512) * 2**20), "driver and training"
    assert found["grafana"]["user"].split(":")[0] == "1234"
    assert found["datastream"]["build"]["args"]["APP_UID"] == "1234"
    assert {port["host_ip"] for port in ports(found)} == {"0.0.0.0"}


def test_a_derived_variable_has_a_default_that_fits_the_default_settings(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose_environment, "container_user", lambda: (1000, 1000))
    environment |= {"DOWNLOAD_CA": ""}
    derived = ComposeMode(settings.Variables(environment)).environment() | {"SECRETS_VERSION": ""}
    assert read(derived, MAIN) == read(environment, MAIN)


def test_services_stand_in_the_order_in_which_data_flows() -> None:
    order = list(yaml.safe_load(MAIN.read_text())["services"])
    assert order == [
        "datastream", "broker", "spark-master", "spark-worker", "spark-app", "influxdb", "setup", "grafana",
        "debug", "station-stats", "month-stats", "parquet", "database", "weather-generator", "namenode", "datanode",
    ]  # fmt: skip
