"""Simulated stations by one command, natively: statistics and predictions of a whole stack. The tests are chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
import pytest

from tests.conftest import eventually
from tests.end_to_end.running_stack import RunningStack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    made = RunningStack(tmp_path_factory.mktemp("stations"))
    made.environment |= {"STREAM_SOURCE": "stations", "STATIONS_DAY_SECONDS": "0.05", "SPARK_WORKER_NUMBER": "1"}
    made.environment |= {"DATASET_SECONDS": "5", "FORECAST_SECONDS": "2", "SPARK_SHUFFLE_PARTITIONS": "1"}
    yield made
    made.run("./clean.sh", "--yes")
    for process in made.processes():
        process.kill()


def test_one_command_brings_the_first_statistics_into_the_store(stack: RunningStack) -> None:
    output = stack.must("./build_setup.sh", "--native")
    assert "wait for the first points in InfluxDB" in output
    stations = set("ABCDEFGHIJKLMNO")
    eventually(lambda: set(stack.values("station_stats", "avg").station) == stations, "all stations have statistics")
    assert "unhealthy" not in stack.must("./status.sh")


def test_a_model_is_trained_by_one_command_and_taken_up_by_the_running_application(stack: RunningStack) -> None:
    dataset = stack.home / "data" / "forecast" / "stations" / "dataset"
    eventually(
        lambda: sum(len(pd.read_parquet(file)) for file in dataset.glob("*.parquet")) > 3000, "the dataset grows"
    )
    told = stack.must("./submit.sh", "train", "--candidates", "decision_tree")
    assert "If (feature" in told and "is current: the first model" in told
    eventually(lambda: len(stack.values("rain_forecast", "probability")) > 3000, "days are predicted", within=120)
    eventually(lambda: len(stack.values("rain_forecast", "observed")) > 3000, "and compared")


def test_a_single_job_with_its_tables_takes_the_place_of_all(stack: RunningStack) -> None:
    assert "submit the Spark application (stats)" in stack.must("./submit.sh", "--console", "stats")
    log = stack.home / "logs" / "spark-app.log"
    eventually(lambda: "|station|start" in log.read_text(), "the table is shown")
    started = re.findall(r"event=query_started query=(\w+)", log.read_text())
    assert started[-2:] == ["stats", "unusable"] and "rain_dataset" in started[:-2]
    refused = stack.run("./submit.sh", "mood")
    assert refused.returncode == 1 and "no job is called mood" in refused.stderr
