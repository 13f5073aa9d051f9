"""The same stack with more workers, with profiles and with other sources, each by one setting."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
import requests

from datastream.sources.sql import generator
from testing.docker.docker_stack import DockerStack
from testing.environment import eventually
from tests.consumers import expected
from tests.docker.containers import HEAL_TIMEOUT, SERVICES, assert_confined, kill_all_processes, restarts, send
from tests.docker.kept_files import archived, checkpoints, files_in_hdfs, rows_of_the_table, sent, table
from weather.trained_models import RAIN, ModelFolder


@pytest.mark.long
def test_three_workers_by_one_setting_and_the_rest_is_left_alone(stack: DockerStack) -> None:
    before = stack.started()
    output = stack.must("./build_setup.sh", SPARK_WORKER_NUMBER="3")
    assert "3 registered" in output
    assert len(stack.containers("spark-worker")) == 3
    assert before.items() <= stack.started().items()


@pytest.mark.long
def test_kafka_ui_by_one_setting(stack: DockerStack) -> None:
    output = stack.must("./build_setup.sh", KAFKA_MONITOR="1")
    address = f"http://127.0.0.1:{stack.environment['KAFKA_MONITOR_PORT']}"
    assert f"kafka-ui: {address}" in output
    assert requests.get(f"{address}/actuator/health", timeout=5).status_code == 200


@pytest.mark.long
def test_the_profiles_consumers_and_sql_by_one_setting(stack: DockerStack) -> None:
    stack.must("./build_setup.sh", STACK_PROFILES="consumers, sql")
    send(stack, b'{"T": 9.4}')
    eventually(lambda: "{'T': 9.4, 'partition': " in stack.compose("logs", "debug"), "the message is shown")

    eventually(lambda: len(table(stack)) > 20, "the table is filled")
    stack.compose("kill", "weather-generator")
    before = len(table(stack))
    stack.must("./build_setup.sh", STACK_PROFILES="sql")
    eventually(lambda: len(table(stack)) > before + 20, "the table is filled again")
    found = table(stack)
    assert [row[0] for row in found] == list(range(1, len(found) + 1))
    assert [row[1:] for row in found] == list(itertools.islice(generator.rows(), len(found)))
    assert not stack.containers("debug")

    stack.must("./build_setup.sh")
    assert not stack.containers("database")


TABLE_TO_HDFS = {
    "STREAM_SOURCE": "sql", "STACK_PROFILES": "consumers,hdfs", "STREAMING_TIME_DELTA": "0.01", "SQL_ROW_DELTA": "0.02",
}  # fmt: skip


@pytest.mark.long
def test_the_rows_of_the_table_end_up_as_parquet_files_in_hdfs_by_one_setting(stack: DockerStack) -> None:
    output = stack.must("./build_setup.sh", **TABLE_TO_HDFS)
    assert "wait for the first rows in Kafka" in output
    for component in ("database", "weather-generator", "parquet", "namenode", "datanode"):
        assert re.search(rf"\n{component} +healthy", output), output
    assert not stack.containers("spark-app"), "a driver and its executors would do nothing"
    assert stack.status()["file"] == "table CS544.temperatures"
    assert_confined(stack)
    assert_all_rows_are_archived(stack)
    last = {number: document["batch_id"] for number, document in checkpoints(stack, "parquet").items()}
    vouched = {f"partition-{number}-batch-{batch}.parquet" for number in last for batch in range(last[number] + 1)}
    assert files_in_hdfs(stack) == vouched


@pytest.mark.long
@pytest.mark.parametrize("service", ["datanode", "namenode", "parquet", "database"])
def test_no_row_is_missed_or_kept_twice_when_a_service_on_its_way_is_killed(stack: DockerStack, service: str) -> None:
    container = stack.container(service)
    before = len(archived(stack))
    stack.compose("start", "weather-generator")
    kill_all_processes(stack, container)
    eventually(lambda: restarts(stack, service) > container["RestartCount"], f"{service} was started again")
    eventually(lambda: len(rows_archived(stack)) > before + 50, "rows are archived again", HEAL_TIMEOUT)
    assert_all_rows_are_archived(stack)


def rows_archived(stack: DockerStack) -> list[tuple[str, str, float]]:
    """Those in the archive; none while it is away."""
    try:
        return archived(stack)
    except AssertionError:
        return []


def assert_all_rows_are_archived(stack: DockerStack) -> None:
    """The table, which no longer grows, and the archive hold the same rows, each once."""
    eventually(lambda: len(table(stack)) > 150, "the table is filled")
    stack.compose("stop", "weather-generator")
    rows = rows_of_the_table(stack)
    eventually(lambda: len(rows_archived(stack)) >= len(rows), "all rows are archived", HEAL_TIMEOUT)
    assert archived(stack) == rows


@pytest.mark.long
def test_hdfs_outlives_its_containers(stack: DockerStack) -> None:
    rows = archived(stack)
    stack.compose("rm", "--stop", "--force", "parquet", "namenode", "datanode")
    stack.must("./build_setup.sh", **TABLE_TO_HDFS)
    found = archived(stack)
    assert len(rows) > 150
    assert not set(rows) - set(found)
    assert len(found) == len(set(found))


@pytest.mark.long
def test_simulated_stations_are_counted_in_files_on_this_machine_by_one_setting(stack: DockerStack) -> None:
    days = {"STATIONS_DAYS": "100", "STATIONS_DAY_SECONDS": "0.02"}
    output = stack.must("./build_setup.sh", STREAM_SOURCE="stations", STACK_PROFILES="consumers", **days)
    assert re.search(r"\nstation-stats +healthy", output), output
    assert not [name for name in ("database", "namenode", "datanode", "parquet") if stack.containers(name)]
    assert stack.status()["topic"] == "stations, stations-json"
    eventually(lambda: stack.status()["state"] == "finished", "a hundred days are sent")
    messages = sent(stack, "stations")
    wanted = {number: expected.stations(number, reports) for number, reports in messages.items()}
    assert sum(map(len, messages.values())) == 100 * 15
    eventually(lambda: offsets(stack, "station_stats") == 100 * 15, "all of them are counted")
    assert checkpoints(stack, "station_stats") == wanted
    [picture] = stack.inside(stack.container("station-stats"), "python -m consumers.plot station").split()
    drawn = stack.home / "data" / "consumers" / "station_stats" / Path(picture).name
    assert "<svg" in drawn.read_text()


SIMULATED = "ABCDEFGHIJKLMNO"
"""The names of the simulated stations. Earlier chapters have left days of real ones in the store."""


def days_of_statistics(stack: DockerStack) -> dict[str, int]:
    """Station → how many days its statistics are of."""
    found = stack.values("station_stats", "measurements")
    if found.empty:
        return {}
    return {str(name): int(days) for name, days in found.groupby("station").measurements.max().items()}


@pytest.mark.long
def test_the_application_trains_in_its_container_and_takes_up_the_model_that_a_person_chooses(
    stack: DockerStack,
) -> None:
    soon = {"STREAM_SOURCE": "stations", "STATIONS_DAYS": "100", "DATASET_SECONDS": "5", "FORECAST_SECONDS": "2"}
    soon |= {"TRAIN_MIN_DAYS": "98", "TRAIN_PAUSE_SECONDS": "100000"}
    stack.must("./build_setup.sh", **soon)
    everyone = dict.fromkeys(SIMULATED, 100)
    eventually(lambda: days_of_statistics(stack).items() >= everyone.items(), "Spark has counted all days")
    eventually(lambda: predicted_and_observed(stack) == 98 * 15, "days are predicted, and then observed")
    rain = ModelFolder(stack.home / "data" / "forecast" / "stations" / "models", RAIN)
    eventually(lambda: len(list(rain.trained())) == 1, "a model is trained")
    [model] = rain.trained()
    assert model.metrics["dates"] == 98
    assert model.name in stack.must("./submit.sh", "models", **soon)
    stack.must("./submit.sh", "use", model.name, **soon)
    eventually(lambda: model.name in set(stack.values("rain_forecast", "model").model), "it predicts")


def predicted_and_observed(stack: DockerStack) -> int:
    """How many days of simulated stations have a prediction and an observation."""
    predicted, observed = (stack.values("rain_forecast", field) for field in ("probability", "observed"))
    if predicted.empty or observed.empty:
        return 0
    both = predicted.merge(observed, on=["station", "_time"])
    return int(both.station.isin(list(SIMULATED)).sum())


@pytest.mark.long
def test_5_minute_files_become_hourly_means_by_one_setting(stack: DockerStack) -> None:
    output = stack.must("./build_setup.sh", STREAM_SOURCE="uscrn", USCRN_DATE="20180301", STREAMING_TIME_DELTA="0.001")
    assert "wait for the first points in InfluxDB" in output
    eventually(lambda: len(stack.values("hourly_temperature", "mean_temp")) >= 3 * 23, "a day of hours")
    assert stack.values("hourly_temperature", "count")["count"].max() == 12


@pytest.mark.long
def test_the_days_of_one_place_are_counted_and_the_rows_of_the_table_in_its_topic_set_aside(stack: DockerStack) -> None:
    stack.must("./build_setup.sh", STREAM_SOURCE="place", STACK_PROFILES="consumers", PLACE_DAY_SECONDS="0.005")
    eventually(lambda: int(stack.status()["rows_sent"]) > 1000, "years of days are sent")
    requests.post(stack.streamer("/stop_streaming"), timeout=30).raise_for_status()
    messages = sent(stack, "temperatures")
    eventually(lambda: offsets(stack, "month_stats") == sum(map(len, messages.values())), "all of them are passed")
    for number, document in checkpoints(stack, "month_stats").items():
        days = [report for report in messages[number] if not report.key.startswith("Station")]
        assert document == expected.months(number, days) | {"offset": len(messages[number])}
    assert sum(map(len, messages.values())) > 1000


def offsets(stack: DockerStack, program: str) -> int:
    """How many messages the program's files have passed."""
    return sum(document["offset"] for document in checkpoints(stack, program).values())


@pytest.mark.long
def test_back_to_the_readings_nothing_of_all_that_is_left_running(stack: DockerStack) -> None:
    stack.must("./build_setup.sh")
    assert {found["Config"]["Labels"]["com.docker.compose.service"] for found in stack.containers()} == set(SERVICES)
    assert stack.status()["topic"] == "meteo"


@pytest.mark.long
def test_a_person_may_train_on_what_the_store_holds(stack: DockerStack) -> None:
    stack.must("./modify_streaming_timedelta.sh", "0")
    eventually(lambda: stack.status()["state"] == "finished", "the month is streamed")
    rain = ModelFolder(stack.home / "data" / "forecast" / "meteofrance" / "models", RAIN)
    before = set(rain.names())
    stack.must("./submit.sh", "train", "--candidates", "decision_tree", "--from-store", "2014-01-01", "2014-02-01")
    [model] = [one for one in rain.trained() if one.name not in before]
    assert model.metrics["dates"] == 29
