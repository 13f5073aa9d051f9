"""Every query of the dashboard "Pipeline health" with a real InfluxDB that holds ten minutes of known figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from grafana import queries
from testing.environment import ROOT
from testing.servers import InfluxDBServer
from tests.integration.dashboards.pipeline_points import LAST, STEP, STEPS, now, points

BOARD = queries.load(ROOT / "grafana" / "provisioning" / "dashboards" / "json")["pipeline.json"]
Series = dict[str, list[float]]


@pytest.fixture(scope="module")
def run(influxdb_server: InfluxDBServer) -> Iterator[Callable[[str], Any]]:
    """The tables of a panel's queries, by its title."""
    bucket, end = influxdb_server.options.monitoring_bucket, now()
    with InfluxDBClient(influxdb_server.url, influxdb_server.admin_token, org=influxdb_server.org) as client:
        client.write_api(write_options=SYNCHRONOUS).write(bucket, record=list(points(end)))

    def tables(title: str) -> list[list[dict[str, Any]]]:
        fluxes = [query.flux for query in queries.collect(BOARD) if query.owner == title]
        assert fluxes, title
        with InfluxDBClient(influxdb_server.url, influxdb_server.read_token, org=influxdb_server.org) as client:
            found = []
            for flux in fluxes:
                text = queries.interpolate(
                    flux, start=end - timedelta(minutes=30), stop=end, window=STEP, bucket=bucket, variables={}
                )
                found += [[dict(record.values) for record in table.records] for table in client.query_api().query(text)]
            return found

    yield tables


def number(tables: list[list[dict[str, Any]]]) -> float:
    """The only number that a tile shows."""
    [[row]] = tables
    assert row.keys() == {"result", "table", "_value"}
    return float(row["_value"])


def series(tables: list[list[dict[str, Any]]], label: str = "_field") -> Series:
    """Name → values, of lines over time."""
    assert all({"_time", "_value", "_field"} <= row.keys() for table in tables for row in table)
    return {str(table[0][label]): [float(row["_value"]) for row in table] for table in tables}


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("Rate", 20 + LAST),
        ("Lag", 3 * LAST + 7),
        ("Latency", 900 + LAST),
        ("Dead letters", 3),
        ("Rows waiting", 4),
        ("Free disk", 0.5),
    ],
)
def test_a_tile_shows_the_newest_figure(run: Callable[[str], Any], title: str, value: float) -> None:
    assert number(run(title)) == value


def test_the_rates_of_all_hops_are_rows_per_second(run: Callable[[str], Any]) -> None:
    found = series(run("Rows per second by stage"))
    assert {name: set(values) for name, values in found.items()} == {
        "streamer → Kafka": {20.0},
        "Kafka → Spark: meteo": {20.0},
        "Kafka → Spark: stats": {5.0},
        "Spark → InfluxDB": {23.0},
    }
    assert len(found["Kafka → Spark: meteo"]) == STEPS


def test_latency_and_duration_are_those_of_the_batches(run: Callable[[str], Any]) -> None:
    rising = [float(900 + n) for n in range(STEPS)]
    found = series(run("End-to-end latency"))
    assert found == {"50 %": [500.0] * STEPS, "95 %": rising, "99 %": [1500.0] * STEPS}
    meteo, stats = [float(1000 + n) for n in range(STEPS)], [400.0] * STEPS
    assert series(run("Batch duration")) == {"batches of meteo": meteo, "batches of stats": stats}


def test_each_partition_has_its_line(run: Callable[[str], Any]) -> None:
    found = series(run("Lag by partition"), "partition")
    assert found == {"0": [float(n) for n in range(STEPS)], "1": [float(2 * n) for n in range(STEPS)]}


def test_of_the_queries_those_are_listed_whose_last_report_is_a_problem(run: Callable[[str], Any]) -> None:
    [rows] = run("Queries with a problem")
    assert [(row["query"], row["Problem"]) for row in rows] == [("stats", "no disk")]


def test_dead_letters_are_told_by_reason_the_most_frequent_first(run: Callable[[str], Any]) -> None:
    [rows] = run("Dead letters by reason")
    assert [(row["reason"], row["Records"]) for row in rows] == [("no measurement", 2), ("the message is empty", 1)]


def test_what_was_left_out_and_the_memory_are_told(run: Callable[[str], Any]) -> None:
    found = series(run("Rows rejected, retried or skipped by the streamer"))
    assert {name: values[-1] for name, values in found.items()} == {
        "rejected rows": 7, "retried deliveries": LAST,
        "skipped doubtful values": 2, "skipped rows without a measurement": 37,
    }  # fmt: skip
    assert {name: set(values) for name, values in series(run("Memory")).items()} == {
        "InfluxDB": {90e6}, "streamer": {50e6}, "Spark, driver": {400e6}, "Spark, executors": {680e6},
    }  # fmt: skip


def test_requests_and_those_tried_again_are_told(run: Callable[[str], Any]) -> None:
    retries = [float(n % 2) for n in range(STEPS)]
    assert series(run("Write requests")) == {"requests": [4.0] * STEPS, "retries": retries}


def test_a_component_that_was_not_heard_of_in_the_last_minute_is_silent(run: Callable[[str], Any]) -> None:
    [[row]] = run("Component status")
    told = {name: value for name, value in row.items() if name not in ("result", "table")}
    assert told == {"Streamer": 1.0, "Kafka": 0.0, "Spark": 1.0, "InfluxDB": 1.0}


def test_every_panel_is_tried_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert not [query.owner for query in queries.collect(BOARD) if f'"{query.owner}"' not in here]
