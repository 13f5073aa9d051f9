"""The records of a Kafka topic as a stream: what all queries of the application have in common when they read."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from weather.reading import END_OF_STREAM

FETCHED = {
    "kafka.max.poll.records": 10_000,
    "kafka.max.partition.fetch.bytes": 8 * 2**20,
    "kafka.receive.buffer.bytes": 2**20,
    "kafka.fetch.max.wait.ms": 10,
}
"""A consumer's own defaults are for few records at a time: 500 a poll, 1 MiB a partition. And when a batch has read
what it came for, its consumer has asked for more already; the next batch, which asks anew from its own beginning, would
wait until that question is answered, up to half a second (docs/performance.md)."""


def read(context: Context, topic: str, max_offsets: int | None = None, **options: str) -> DataFrame:
    """The records of a topic, from its beginning; `max_offsets` of them in a batch, by default as the settings say."""
    return (
        context.spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", context.kafka.bootstrap_servers)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")
        .option("maxOffsetsPerTrigger", max_offsets or context.options.max_offsets_per_trigger)
        .options(**FETCHED, **options)
        .load()
    )


def is_end_marker() -> Column:
    """Whether a record of the readings' topic is the one that the streamer sends after the last reading."""
    return F.col("key").eqNullSafe(F.lit(END_OF_STREAM))
