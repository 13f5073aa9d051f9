"""The results of a query: to a Kafka topic as JSON, and to InfluxDB as points.

Delivery promise: at least once. A repeated batch is written again with the same keys and times: the points are the
same, and readers of the topic keep the last message of each key and time.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.influxdb.store import write_options
from spark_app.monitoring.write_metrics import WriteMetrics
from spark_influxdb import Points, Written, write
from weather import settings


class Results:
    """A function for `foreachBatch`: sends the batch to `topic`, keyed by column `key`, then writes it to the store."""

    def __init__(self, query: str, context: Context, topic: str = "", key: str = "", points: Points | None = None):
        self._kafka = context.kafka
        self._topic, self._key = topic, key
        self._points = write_options(points, context.influxdb) if points else None
        self._accumulator = context.batch_metrics.of(query)

    def __call__(self, batch: DataFrame, number: int | None) -> None:
        """Write a batch. If it has no number, it is no micro-batch of the query, and its metrics are not kept."""
        batch.persist()
        try:
            if self._topic:
                to_topic(batch, self._kafka, self._topic, self._key)
            if self._points is not None:
                written = write(batch, self._points)
                if number is not None:
                    self._accumulator.add({number: metrics_of(written)})
        finally:
            batch.unpersist()


def metrics_of(written: Written) -> WriteMetrics:
    """The metrics of points that the connector has written."""
    return WriteMetrics(written.points, written.requests, written.retries, written.bytes, written.refused)


def to_topic(rows: DataFrame, kafka: settings.Kafka, topic: str, key: str) -> None:
    """Send each row as JSON of its columns without the nulls. Column `key` is the key of the message."""
    value = F.to_json(F.struct("*")).alias("value")
    to_topics(rows.select(F.lit(topic).alias("topic"), F.col(key).cast("string").alias("key"), value), kafka)


def to_topics(messages: DataFrame, kafka: settings.Kafka) -> None:
    """Send each row, which has the columns `topic`, `key` and `value`."""
    messages.write.format("kafka").option("kafka.bootstrap.servers", kafka.bootstrap_servers).save()
