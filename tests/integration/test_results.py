"""What a query has worked out, in a real topic and a real InfluxDB."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from influxdb_client import InfluxDBClient
from pyspark.sql import SparkSession
from pyspark.sql.types import BooleanType, DoubleType, LongType, StringType, StructField, StructType, TimestampType

from spark_app.context import Context
from spark_app.influxdb.results import Results
from spark_app.influxdb.store import points
from spark_app.kafka.topics import ensure_topics, missing_topics
from spark_app.monitoring.write_metrics import BatchMetrics
from testing.environment import settings_environment
from testing.kafka_records import read_all
from testing.servers import Broker, InfluxDBServer
from weather import settings

COLUMNS = StructType(
    [
        StructField("station", StringType()),
        StructField("time", TimestampType()),
        StructField("mean", DoubleType()),
        StructField("count", LongType()),
        StructField("wet", BooleanType()),
        StructField("note", StringType()),
    ]
)
NOON, ONE = datetime(2014, 1, 1, 12, tzinfo=UTC), datetime(2014, 1, 1, 13, tzinfo=UTC)
POINTS = points("a_result", tags=("station",), fields=("mean", "count", "wet", "note"))


@pytest.fixture
def context(spark: SparkSession, broker: Broker, influxdb_server: InfluxDBServer) -> Context:
    options = settings.Spark.load(broker.variables)
    variables = settings.Variables(settings_environment())
    return Context(spark, variables, broker.topic(), influxdb_server.options, options, BatchMetrics(spark.sparkContext))


def rows_of(server: InfluxDBServer) -> list[dict[str, object]]:
    """The points of the measurement, one dictionary a point, by station and time."""
    query = (
        f'from(bucket: "{server.bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "a_result")'
        ' |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
        ' |> group() |> sort(columns: ["station", "_time"])'
    )
    with InfluxDBClient(url=server.url, token=server.read_token, org=server.org) as reader:
        return [record.values for table in reader.query_api().query(query) for record in table.records]


def test_a_batch_reaches_the_topic_and_the_store_and_twice_is_the_same_points(
    context: Context, influxdb_server: InfluxDBServer
) -> None:
    rows = [("A, of = B", NOON, 1.5, 12, True, 'a "word"'), ("C", ONE, None, 3, False, None)]
    ensure_topics(context.kafka, {context.kafka.topic: 3})
    batch = context.spark.createDataFrame(rows, COLUMNS)
    write = Results("a query", context, topic=context.kafka.topic, key="station", points=POINTS)
    write(batch, 0)
    write(batch, 0)
    sent = [(key, json.loads(value or b"")) for _, key, value, _ in read_all(context.kafka, context.kafka.topic)]
    first = {"station": "A, of = B", "mean": 1.5, "count": 12, "wet": True, "note": 'a "word"'}
    second = {"station": "C", "count": 3, "wet": False}
    times = {b"A, of = B": "2014-01-01T12:00:00.000Z", b"C": "2014-01-01T13:00:00.000Z"}
    expected = [(b"A, of = B", first), (b"C", second)] * 2
    assert sorted(map(repr, sent)) == sorted(repr((k, _in_order(v, times[k]))) for k, v in expected)
    one, two = rows_of(influxdb_server)
    assert (one["station"], one["_time"], one["mean"], one["count"], one["wet"], one["note"]) == (
        "A, of = B", NOON, 1.5, 12.0, 1.0, 'a "word"',
    )  # fmt: skip
    assert (two["station"], two["_time"], two["mean"], two["count"], two["wet"], two["note"]) == (
        "C", ONE, None, 3.0, 0.0, None,
    )  # fmt: skip
    assert context.batch_metrics.written("a query", 0).points == 4


def _in_order(values: dict[str, object], time: str) -> dict[str, object]:
    return {name: time if name == "time" else values[name] for name in COLUMNS.names if name in values | {"time": time}}


def test_a_point_that_influxdb_refuses_fails_the_batch_and_is_shown(context: Context, tmp_path: Path) -> None:
    wrong = replace(POINTS, measurement="b_result", fields=("note",))
    Results("a query", context, points=wrong)(
        context.spark.createDataFrame([("A", NOON, 1.0, 1, True, "x")], COLUMNS), 0
    )
    batch = context.spark.createDataFrame([("A", NOON, 1.0, 1, True, None)], COLUMNS).drop("note")
    contradicting = batch.withColumnRenamed("mean", "note")
    with pytest.raises(Exception, match=r"field type conflict.*b_result,station=A note=1"):
        Results("a query", context, points=wrong)(contradicting, 1)


def test_topics_are_made_once(context: Context) -> None:
    names = [context.kafka.topic, f"{context.kafka.topic}.more"]
    assert missing_topics(context.kafka, names) == names
    ensure_topics(context.kafka, {names[0]: 3})
    ensure_topics(context.kafka, dict.fromkeys(names, 3))
    assert missing_topics(context.kafka, names) == []
