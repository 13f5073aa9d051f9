"""The job `meteo`: the topic of the readings into the bucket of the readings."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from spark_app.chunks import CHUNK, RECORD, to_chunks
from spark_app.figures import Ledger
from spark_app.influxdb_writer import InfluxDBWriter
from weather import settings

QUERY = "meteo"
FETCHED = {
    "kafka.max.poll.records": 10_000,
    "kafka.max.partition.fetch.bytes": 8 * 2**20,
    "kafka.receive.buffer.bytes": 2**20,
}
"""A consumer's own defaults are for few records at a time: 500 a poll, 1 MiB a partition (docs/performance.md)."""


def start(
    spark: SparkSession, kafka: settings.Kafka, influxdb: settings.InfluxDB, options: settings.Spark, ledger: Ledger
) -> StreamingQuery:
    """Start the query; it goes on from its checkpoint, or from the topic's beginning."""
    records = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", kafka.bootstrap_servers)
        .option("subscribe", kafka.topic)
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")
        .option("maxOffsetsPerTrigger", options.max_offsets_per_trigger)
        .options(**FETCHED)
        .load()
    )
    return (
        chunks(records, influxdb.batch_lines)
        .writeStream.queryName(QUERY)
        .outputMode("append")
        .option("checkpointLocation", str(options.checkpoints / QUERY))
        .foreach(InfluxDBWriter(influxdb, kafka, ledger))
        .start()
    )


def chunks(records: DataFrame, most_lines: int) -> DataFrame:
    """Kafka records → rows of `chunks.CHUNK`."""
    return (
        records.withColumn("sent_ms", F.unix_millis("timestamp"))
        .select(*RECORD)
        .mapInArrow(to_chunks(most_lines), CHUNK)
    )
