"""One command natively: "SQL → Kafka → Parquet", then "stations → JSON" on the same stack. The tests are chapters."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from testing.environment import eventually
from testing.running_stack import RunningStack
from tests.sources.table_rows import first_rows


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    made = RunningStack(tmp_path_factory.mktemp("sources"))
    made.environment |= {"SPARK_WORKER_NUMBER": "1", "STACK_PROFILES": "consumers"}
    made.environment |= {"SQL_ROW_DELTA": "0.01", "STREAMING_TIME_DELTA": "0.005"}
    yield made
    made.run("./clean.sh", "--yes")
    for process in made.processes():
        process.kill()


def consume(stack: RunningStack, *words: str) -> str:
    """Run one of the consumers' programs as a user does, with the stack's settings; what it prints."""
    command = ["bash", "-c", '. ./settings.sh && set -a && . ./settings.sh && exec "$@"', "bash"]
    done = subprocess.run(
        [*command, sys.executable, "-m", *words], cwd=stack.folder, env={**os.environ, **stack.environment},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def archived(stack: RunningStack) -> set[tuple[str, str, float]]:
    """What the reader of the archive finds."""
    rows = csv.DictReader(consume(stack, "consumers.reader", "--csv").splitlines())
    return {(row["station_id"], row["date"], float(row["degrees"])) for row in rows}


def statistics(stack: RunningStack) -> dict[str, dict[str, Any]]:
    """Station → what the six files of the statistics say of it."""
    files = sorted((stack.home / "data" / "consumers" / "station_stats").glob("partition-?.json"))
    found = [json.loads(file.read_text()) for file in files]
    assert [file["partition"] for file in found] == list(range(len(found)))
    return {name: value for file in found for name, value in file.items() if isinstance(value, dict)}


def test_the_sql_source_comes_with_its_database_its_generator_and_its_consumer(stack: RunningStack) -> None:
    stack.environment["STREAM_SOURCE"] = "sql"
    output = stack.must("./build_setup.sh", "--native")
    assert "wait for the first rows in Kafka" in output and "first points" not in output
    told = stack.must("./status.sh")
    for component in ("database", "weather-generator", "datastream", "parquet"):
        assert f"\n{component} " in told
    assert "unhealthy" not in told
    assert "STREAM_SOURCE=sql has no Spark job" in told
    assert not stack.processes("spark_app.launch"), "a driver and its executors would do nothing"
    eventually(lambda: int(stack.status()["rows_sent"]) >= 100, "rows flow")
    assert stack.status()["topic"] == "temperatures"


def test_a_database_and_a_streamer_that_are_killed_come_back_and_no_row_is_missed(stack: RunningStack) -> None:
    for victim in ("mariadbd", "-m datastream.sources.sql.generator", "-m consumers.parquet", "-m datastream"):
        before = int(stack.status()["position"])
        stack.kill(victim)
        eventually(lambda before=before: int(stack.status().get("position", 0)) > before + 50, "rows flow again")  # type: ignore[misc]


def test_the_rows_of_the_table_end_up_in_parquet(stack: RunningStack) -> None:
    sent = int(stack.status()["position"])
    assert sent > 150
    wanted = {(row.station_id, row.date.isoformat(), row.degrees) for row in first_rows(sent)}
    eventually(lambda: wanted <= archived(stack), "all that was sent until now is archived")


def test_the_stations_take_the_place_of_the_table(stack: RunningStack) -> None:
    stack.environment |= {"STREAM_SOURCE": "stations", "STATIONS_DAYS": "40", "STATIONS_DAY_SECONDS": "0.05"}
    stack.environment["SPARK_JOBS"] = "stats"  # the others are those of tests/forecast
    output = stack.must("./build_setup.sh")
    assert "\ndatabase " not in output
    assert not stack.processes("mariadbd", "weather_generator")
    eventually(lambda: stack.status()["state"] == "finished", "forty days are sent")
    eventually(lambda: sum(s["count"] for s in statistics(stack).values()) == 40 * 15, "all days are counted")
    found = statistics(stack)
    assert sorted(found) == list("ABCDEFGHIJKLMNO")
    assert {(s["count"], s["start"], s["end"]) for s in found.values()} == {(40, "2000-01-01", "2000-02-09")}


def test_topics_are_made_anew_on_request_and_the_consumers_notice(stack: RunningStack) -> None:
    before = statistics(stack)
    assert "recreating stations, stations-json" in stack.must("./start-streaming.sh", "--recreate-topics")
    eventually(lambda: stack.status()["state"] == "finished", "forty days are sent again")
    log = stack.home / "logs" / "station-stats.log"
    eventually(lambda: "the topic was deleted and recreated" in log.read_text(), "the consumer stops and says why")
    assert statistics(stack) == before


@pytest.mark.long
def test_the_topics_of_the_readings_stay(stack: RunningStack) -> None:
    stack.environment |= {"STREAM_SOURCE": "meteofrance", "SPARK_JOBS": "meteo"}
    stack.must("./build_setup.sh")
    refused = stack.run("./start-streaming.sh", "--recreate-topics")
    assert refused.returncode == 1
    assert "because Spark's checkpoint holds its offsets: ./clean.sh deletes both" in refused.stderr
    assert stack.status()["state"] == "running"
