"""The job `meteo`: the topic of the readings into the bucket of the readings."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from spark_app import line_protocol, readings
from spark_app.influxdb_writer import InfluxDBWriter
from weather import settings
from weather.reading import FIELDS, MEASUREMENT, TAGS

QUERY = "meteo"
FIGURES = "written"
REASON = "reason: "
"""What the names of the figures begin with that count the dead letters of one reason."""
SENT_PERCENTILES = [0.5, 0.05, 0.01]
"""Of the times at which Kafka took a batch's records: the oldest 5 % are the slowest 5 %."""


def start(
    spark: SparkSession, kafka: settings.Kafka, influxdb: settings.InfluxDB, options: settings.Spark
) -> StreamingQuery:
    """Start the query; it goes on from its checkpoint, or from the topic's beginning."""
    records = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", kafka.bootstrap_servers)
        .option("subscribe", kafka.topic)
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")
        .option("maxOffsetsPerTrigger", options.max_offsets_per_trigger)
        .load()
    )
    return (
        to_lines(records)
        .observe(
            FIGURES,
            F.count("line").alias("points"),
            F.count("rejected").alias("dead_letters"),
            F.max("time").alias("latest"),
            *(
                F.count(F.when(F.col("rejected.reason") == reason, True)).alias(f"{REASON}{reason}")
                for reason in readings.checks()
            ),
            F.percentile_approx(F.unix_millis("timestamp"), SENT_PERCENTILES).alias("sent_ms"),
        )
        .select("line", "rejected")
        .writeStream.queryName(QUERY)
        .outputMode("append")
        .option("checkpointLocation", str(options.checkpoints / QUERY))
        .foreach(InfluxDBWriter(influxdb, kafka))
        .start()
    )


def to_lines(records: DataFrame) -> DataFrame:
    """Kafka records → `line` and `time`, or `rejected` (reason, key, value, topic, partition, offset); `timestamp`."""
    parsed = readings.parse(records)
    usable = F.col(readings.REASON).isNull()
    line = line_protocol.line(MEASUREMENT, list(TAGS), [field.name for field in FIELDS], readings.TIME)
    rejected = F.struct(readings.REASON, "key", "value", "topic", "partition", "offset")
    return parsed.select(
        F.when(usable, line).alias("line"),
        F.when(usable, F.col(readings.TIME)).alias("time"),
        F.when(~usable, rejected).alias("rejected"),
        "timestamp",
    )
