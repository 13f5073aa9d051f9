"""No problem where all is well, and otherwise all of them in one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack import preflight
from testing.doubles import ListedMode
from tests.unit.stack.preflight.problems import setting_problems
from weather.errors import SettingsError
from weather.settings import Variables


def test_the_default_settings_and_the_small_file_are_fine(environment: dict[str, str], variables: Variables) -> None:
    assert setting_problems(environment) == []
    assert list(preflight.data_problems(variables)) == []
    assert list(preflight.port_problems(variables, ListedMode())) == []


def test_all_problems_come_in_one_message(
    environment: dict[str, str], taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "FREE_DISK_GB", 10**9)
    monkeypatch.setattr(preflight, "FREE_MEMORY_GB", 10**6)
    monkeypatch.setattr(preflight, "MIN_PYTHON", (9, 0))
    environment |= {
        "METEO_DATA": str(tmp_path / "nowhere.csv"),
        "KAFKA_PARTITIONS": "none",
        "STREAMING_TIME_DELTA": "-1",
        "INFLUXDB_BATCH_LINES": "0",
        "KAFKA_MONITOR": "maybe",
        "GRAFANA_PORT": "5000",
        "KAFKA_HEAP": "much",
        "INFLUXDB_BUCKET": "_meteo",
        "INFLUXDB_PASS": "short",
        "DAILY_FEWEST_HOURS": "99",
        "DAILY_TIME_ZONE": "Mars/Olympus",
        "SPARK_JOBS": "nonsense",
        "TRAIN_CANDIDATES": "oracle",
    }
    with pytest.raises(SettingsError) as error:
        preflight.check(Variables(environment), ListedMode(problems=["no engine", "no compose"]))
    first, *lines = str(error.value).splitlines()
    assert first == "nothing was started, because:"
    assert all(row.startswith("  - ") for row in lines)
    expected = [
        "KAFKA_PARTITIONS='none' is not a whole number",
        "STREAMING_TIME_DELTA: the time delta",
        "INFLUXDB_BATCH_LINES=0",
        "KAFKA_MONITOR='maybe'",
        "DATASTREAM_FLASK_PORT and GRAFANA_PORT are both 5000",
        "KAFKA_HEAP='much'",
        "INFLUXDB_BUCKET='_meteo'",
        "INFLUXDB_PASS has fewer than 8",
        "DAILY_FEWEST_HOURS=99",
        "DAILY_TIME_ZONE='Mars/Olympus'",
        "SPARK_JOBS: no job is called nonsense",
        "TRAIN_CANDIDATES: no model is called 'oracle'",
        "is too old: 3.11 or newer",
        "nowhere.csv: there is no such",
        "STACK_HOME: ",
        "STACK_CACHE: ",
        "GB of memory are available",
        "no engine",
        "no compose",
    ]
    assert len(lines) == len(expected)
    assert [words for words in expected if sum(words in row for row in lines) != 1] == []
