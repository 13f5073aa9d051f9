"""The records of a Kafka topic as a stream, with the options that all queries share."""

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
"""A consumer's defaults are for few records: 500 per poll, 1 MiB per partition. Also, a consumer that has read the last
record of a batch has already sent its next fetch. The next batch seeks its own start offset, and would wait up to half
a second for the answer to that fetch (docs/performance.md)."""


def read(context: Context, topic: str, max_offsets: int | None = None, **options: str) -> DataFrame:
    """The records of a topic, from its beginning, at most `max_offsets` per batch (default: the settings)."""
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
