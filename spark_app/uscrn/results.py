"""The results of a batch of the job `uscrn`: each kind to its topic and measurement; invalid rows are dead-lettered.

Delivery promise: at least once. A repeated batch has the same results, so an hour of a station never has two values:
readers of a topic keep one message per station and hour, and the store has one point.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.influxdb.results import Points, PointWriter, to_topic
from spark_app.kafka.dead_letters import DeadLetterCopier
from spark_app.monitoring.write_metrics import MetricsAccumulator, WriteMetrics
from spark_app.uscrn.batches import HOTTEST, HOUR, INVALID, OUTLIER
from weather import settings, topics, uscrn


@dataclass(frozen=True)
class ResultRoute:
    """Where one kind of results goes: the topic, the columns of its messages, the points. The key is the station."""

    topic: str
    columns: tuple[str, ...]
    points: Points


ROUTES = {
    HOUR: ResultRoute(
        topics.OUTPUT,
        ("station", "lst_date", "lst_hour", "mean_temp", "count"),
        Points(uscrn.HOURLY, ("station", "station_id"), ("mean_temp", "count", "LAT", "LON")),
    ),
    OUTLIER: ResultRoute(
        topics.OUTLIERS,
        ("station", "lst_date", "lst_time", "temp", "kind", "source_file"),
        Points(uscrn.OUTLIERS, ("station", "station_id", "kind"), ("temp",)),
    ),
    HOTTEST: ResultRoute(
        topics.MAX_TEMP,
        ("max_temp", "station", "lst_date", "lst_hour", "source_file"),
        # The station is no tag: an hour has one hottest station, so it is one point, even if another station is found.
        Points(uscrn.HOTTEST, (), ("max_temp", "station", "station_id")),
    ),
}


class UscrnResults:
    """A function for `foreachBatch`."""

    def __init__(self, query: str, topic: str, context: Context) -> None:
        self._kafka = context.kafka
        self._influxdb = context.influxdb
        self._accumulator = context.batch_metrics.of(query)
        self._topic = replace(context.kafka, topic=topic)

    def __call__(self, batch: DataFrame, number: int) -> None:
        batch.persist()
        try:
            there = {row.found for row in batch.groupBy("found").count().collect()}
            for found, route in ROUTES.items():
                if found in there:
                    self._write(batch.filter(F.col("found") == found), route, number)
            if INVALID in there:
                invalid = batch.filter(F.col("found") == INVALID).select("partition", "offset", "reason")
                invalid.foreachPartition(DeadLetterTask(self._topic, self._accumulator, number))
        finally:
            batch.unpersist()

    def _write(self, rows: DataFrame, route: ResultRoute, number: int) -> None:
        to_topic(rows.select(*route.columns), self._kafka, route.topic, "station")
        points = rows.withColumns(
            {
                "time": F.timestamp_seconds("seconds"),
                "station_id": F.col("station").cast("string"),
                "station": F.col("name"),
            }
        )
        points.foreachPartition(PointWriter(route.points, self._influxdb, self._accumulator, number))


class DeadLetterTask:
    """A function for `foreachPartition`, run by the executors: copies records to the dead-letter topic, as received."""

    def __init__(self, topic: settings.Kafka, accumulator: MetricsAccumulator, batch: int) -> None:
        self._topic = topic
        self._accumulator = accumulator
        self._batch = batch

    def __call__(self, rows: Iterable[Any]) -> None:
        """Read each record again from its topic and copy it. Return when Kafka has confirmed all of them."""
        reasons: dict[int, dict[int, str]] = {}
        metrics = WriteMetrics()
        for row in rows:
            reasons.setdefault(row.partition, {})[row.offset] = row.reason
            metrics.rejected[row.reason] += 1
        dead_letters = DeadLetterCopier(self._topic)
        try:
            for partition in sorted(reasons):
                dead_letters.copy(partition, reasons[partition])
            dead_letters.flush()
        finally:
            dead_letters.close()
        self._accumulator.add({self._batch: metrics})
