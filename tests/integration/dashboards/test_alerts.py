"""Each alert rule's query with a real InfluxDB: it fires for the series that is in trouble, and for that one only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from influxdb_client import InfluxDBClient, Point
from influxdb_client.client.write_api import SYNCHRONOUS

from grafana import alerts, queries
from grafana.alerts import RULES, Rule
from testing.servers import InfluxDBServer
from tests.contract.alert_template import filled_in

BY_UID = {rule.uid: rule for rule in RULES}


def fires(rule: alerts.Rule, value: float) -> bool:
    """Whether Grafana's threshold expression is true for this value."""
    return value > rule.threshold if rule.above else value < rule.threshold


def write(server: InfluxDBServer, bucket: str, points: list[Point]) -> None:
    with InfluxDBClient(url=server.url, token=server.admin_token, org=server.org) as client:
        client.write_api(write_options=SYNCHRONOUS).write(bucket=bucket, record=points)


def figures(query: str, field: str, *values: float) -> list[Point]:
    """A figure of the pipeline, one value a minute up to now."""
    now = datetime.now(UTC)
    return [
        Point("pipeline").tag("query", query).tag("component", "spark_app").field(field, float(value)).time(time)
        for value, time in zip(
            values, (now - timedelta(minutes=len(values) - 1 - n, seconds=1) for n in range(len(values))), strict=True
        )
    ]


def firing(server: InfluxDBServer, rule: Rule) -> dict[str, float]:
    """Series (its query or station) → value, of those that fire, as Grafana reduces and compares them."""
    now = datetime.now(UTC)
    default_bucket = {alerts.READINGS: server.bucket, alerts.MONITORING: server.options.monitoring_bucket}
    flux = queries.interpolate(
        rule.query, start=now - timedelta(seconds=rule.window), stop=now, window=timedelta(minutes=1),
        bucket=default_bucket[rule.datasource], variables={},
    )  # fmt: skip
    with InfluxDBClient(url=server.url, token=server.read_token, org=server.org) as client:
        tables = client.query_api().query(flux)
    last = {}
    for table in tables:
        record = table.records[-1]
        last[record.values.get("query") or record.values.get("station") or ""] = float(record.get_value())
    return {series: value for series, value in last.items() if fires(rule, value)}


@pytest.mark.parametrize("rule", RULES, ids=BY_UID)
def test_a_store_without_a_point_is_no_error(influxdb_server: InfluxDBServer, rule: Rule) -> None:
    # First of this file: later tests write points.
    assert firing(influxdb_server, rule) == {}


def test_a_station_that_is_hours_behind_the_others_is_silent(influxdb_server: InfluxDBServer) -> None:
    hours = {"BREST": 20, "MOLENE": 18, "OUESSANT": 15}
    write(
        influxdb_server,
        influxdb_server.bucket,
        [
            Point("meteo").tag("station", name).tag("station_id", name).field("LAT", 48.0)
            .time(datetime(2014, 1, 1, hour, tzinfo=UTC))
            for name, newest in hours.items() for hour in range(newest + 1)
        ],
    )  # fmt: skip
    rule = BY_UID["station-silent"]
    assert firing(influxdb_server, rule) == {"OUESSANT": 5 * 3600.0}
    said = filled_in(rule.summary, {"station": "OUESSANT"}, 5 * 3600.0)
    assert said == "OUESSANT has been silent for 5h 0m 0s"


@pytest.mark.parametrize(
    ("uid", "field", "calm", "troubled", "value"),
    [
        ("lag-growing", "lag", (0, 900, 20, 950, 0, 900), (10, 20, 40, 80, 160, 320), 20.0),
        ("dead-letters", "dead_letters", (0, 0, 0), (0, 2, 1, 0), 3.0),
        ("latency-high", "latency_p95_ms", (900, 90_000, 1_100), (900, 60_000, 50_000), 50.0),
    ],
)
def test_only_the_query_in_trouble_fires(
    influxdb_server: InfluxDBServer, uid: str, field: str, calm: tuple[float], troubled: tuple[float], value: float
) -> None:
    points = figures("calm", field, *calm) + figures("troubled", field, *troubled)
    write(influxdb_server, influxdb_server.options.monitoring_bucket, points)
    found = firing(influxdb_server, BY_UID[uid])
    assert set(found) == {"troubled"}
    assert uid == "lag-growing" or found["troubled"] == value


def test_a_disk_that_is_nearly_full_fires(influxdb_server: InfluxDBServer) -> None:
    monitoring, rule = influxdb_server.options.monitoring_bucket, BY_UID["disk-low"]
    write(influxdb_server, monitoring, [Point("datastream_disk_free_ratio").field("gauge", 0.4)])
    assert firing(influxdb_server, rule) == {}
    write(influxdb_server, monitoring, [Point("datastream_disk_free_ratio").field("gauge", 0.06)])
    assert firing(influxdb_server, rule) == {"": 0.06}


def test_a_station_that_was_renamed_is_not_silent_under_its_old_name(influxdb_server: InfluxDBServer) -> None:
    names = {"OLD NAME": range(12), "NEW NAME": range(12, 21)}
    write(
        influxdb_server,
        influxdb_server.bucket,
        [
            Point("meteo").tag("station", name).tag("station_id", "29999999").field("LAT", 48.0)
            .time(datetime(2014, 1, 1, hour, tzinfo=UTC))
            for name, hours in names.items() for hour in hours
        ],
    )  # fmt: skip
    assert not {"OLD NAME", "NEW NAME"} & set(firing(influxdb_server, BY_UID["station-silent"]))


@pytest.mark.parametrize(
    ("uid", "measurement"),
    [("source-unchanged", "datastream_source_unchanged_seconds"), ("stream-late", "datastream_late_seconds")],
)
def test_a_source_without_new_rows_fires(influxdb_server: InfluxDBServer, uid: str, measurement: str) -> None:
    monitoring, rule = influxdb_server.options.monitoring_bucket, BY_UID[uid]
    write(influxdb_server, monitoring, [Point(measurement).field("gauge", 3600.0)])
    assert firing(influxdb_server, rule) == {}
    write(influxdb_server, monitoring, [Point(measurement).field("gauge", 10 * 3600.0)])
    assert firing(influxdb_server, rule) == {"": 10 * 3600.0}


def test_every_rule_is_tried_here() -> None:
    pipeline = {"lag-growing", "dead-letters", "latency-high"}
    assert set(BY_UID) == {"station-silent", "disk-low", "source-unchanged", "stream-late"} | pipeline
