"""The results of a query: to a Kafka topic as JSON, and to InfluxDB as points.

Delivery promise: at least once. A repeated batch is written again with the same keys and times: the points are the
same, and readers of the topic keep the last message of each key and time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from influxdb_client import Point, WritePrecision
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.influxdb.write_api import WriteApi
from spark_app.monitoring.write_metrics import MetricsAccumulator, WriteMetrics
from weather import settings
from weather.errors import SetupError


@dataclass(frozen=True)
class Points:
    """How a row becomes a point: the measurement, and the columns of its tags, fields and time.

    The time is a timestamp, or a date, which stands for its 00:00 UTC. Numbers and booleans become floats, as
    everywhere in the store. Text stays text, and nulls are left out.
    """

    measurement: str
    tags: tuple[str, ...]
    fields: tuple[str, ...]
    time: str = "time"


class Results:
    """A function for `foreachBatch`: sends the batch to `topic`, keyed by column `key`, then writes it to the store."""

    def __init__(self, query: str, context: Context, topic: str = "", key: str = "", points: Points | None = None):
        self._kafka = context.kafka
        self._topic, self._key = topic, key
        self._points = points
        self._influxdb = context.influxdb
        self._accumulator = context.batch_metrics.of(query)

    def __call__(self, batch: DataFrame, number: int | None) -> None:
        """Write a batch. If it has no number, it is no micro-batch of the query, and its metrics are not kept."""
        batch.persist()
        try:
            if self._topic:
                to_topic(batch, self._kafka, self._topic, self._key)
            if self._points is not None:
                batch.foreachPartition(PointWriter(self._points, self._influxdb, self._accumulator, number))
        finally:
            batch.unpersist()


def to_topic(rows: DataFrame, kafka: settings.Kafka, topic: str, key: str) -> None:
    """Send each row as JSON of its columns without the nulls. Column `key` is the key of the message."""
    value = F.to_json(F.struct("*")).alias("value")
    to_topics(rows.select(F.lit(topic).alias("topic"), F.col(key).cast("string").alias("key"), value), kafka)


def to_topics(messages: DataFrame, kafka: settings.Kafka) -> None:
    """Send each row, which has the columns `topic`, `key` and `value`."""
    messages.write.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrap_servers).save()


class PointWriter:
    """A function for `foreachPartition`, run by the executors: writes rows to InfluxDB, chunk by chunk.

    It adds its metrics to the accumulator under the number of the batch, if both are given.
    """

    def __init__(
        self,
        points: Points,
        influxdb: settings.InfluxDBSink,
        accumulator: MetricsAccumulator | None = None,
        batch: int | None = None,
    ) -> None:
        self._points = points
        self._influxdb = influxdb
        self._accumulator = accumulator
        self._batch = batch

    def __call__(self, rows: Iterable[Any]) -> None:
        """Write the rows. Raise SetupError if InfluxDB refuses one, because the application itself produced them."""
        api, metrics = WriteApi(self._influxdb), WriteMetrics()
        lines = (line for row in rows if (line := point_line(row, self._points)))
        while chunk := list(islice(lines, self._influxdb.batch_lines)):
            if refused := api.write("\n".join(chunk).encode()):
                at, message = refused[0]
                raise SetupError(f"InfluxDB refuses a point of {self._points.measurement!r}: {message}: {chunk[at]}")
            metrics.points += len(chunk)
        if self._accumulator is not None and self._batch is not None:
            metrics.wrote(api)
            self._accumulator.add({self._batch: metrics})


def point_line(row: Any, points: Points) -> str:
    """The row in line protocol, in whole seconds; "" if it has no field or no time."""
    moment = row[points.time]
    if moment is None:
        return ""
    point = Point(points.measurement).time(_utc(moment), WritePrecision.S)
    for tag in points.tags:
        point.tag(tag, row[tag])
    for field in points.fields:
        value = row[field]
        point.field(field, value if value is None or isinstance(value, str) else float(value))
    return str(point.to_line_protocol())


def _utc(moment: date) -> datetime:
    """Spark passes a timestamp to Python as the machine's local time, without a time zone."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
