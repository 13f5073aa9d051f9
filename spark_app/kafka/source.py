"""The records of a Kafka topic as a stream, with the options that all queries share."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from weather import settings
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


FEW = 100
"""Records that are worth a micro-batch before SPARK_IDLE_TRIGGER_SECONDS have passed."""


def read(context: Context, topic: str, max_offsets: int | None = None, **options: str) -> DataFrame:
    """The records of a topic, from its beginning, at most `max_offsets` per batch (default: the settings).

    SPARK_WRITE_TASKS tasks read them, each several partitions, so that no query takes all slots of a small machine.
    """
    return (
        context.spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", context.kafka.bootstrap_servers)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")
        .option("maxOffsetsPerTrigger", max_offsets or context.options.max_offsets_per_trigger)
        .options(**FETCHED, **options)
        .load()
        .coalesce(context.options.write_tasks)
    )


def waiting_for_several(options: settings.Spark) -> dict[str, str]:
    """Options of `read` for a query that is triggered every SPARK_TRIGGER_SECONDS: a trigger starts no micro-batch if
    there are few records, until SPARK_IDLE_TRIGGER_SECONDS have passed since the last one. At 20 rows/s a micro-batch
    costs as much as at 1,000.
    """
    trigger, idle = options.trigger_seconds, options.idle_trigger_seconds
    if not 0 < trigger < idle:
        return {}
    # Half an interval less, because a trigger may come a little early.
    return {"minOffsetsPerTrigger": str(FEW), "maxTriggerDelay": f"{round(1000 * (idle - trigger / 2))}ms"}


def is_end_marker() -> Column:
    """Whether a record of the readings' topic is the one that the streamer sends after the last reading."""
    return F.col("key").eqNullSafe(F.lit(END_OF_STREAM))
