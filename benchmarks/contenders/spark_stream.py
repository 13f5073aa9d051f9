"""The query that the small Spark programs share: a topic of readings, as rows of a DataFrame."""

from __future__ import annotations

from typing import Any, Protocol

from influxdb_client import Point
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

from weather import settings
from weather.reading import FIELDS, HOUR, MEASUREMENT, TAGS

TIME = "time"


class Writer(Protocol):
    """The interface of Spark's ForeachWriter."""

    def open(self, partition_id: int, epoch_id: int) -> bool: ...

    def process(self, row: Any) -> None: ...

    def close(self, error: Exception | None) -> None: ...


def point(row: Any) -> Point:
    """The point of one reading, field by field; missing numbers are left out."""
    made = Point(MEASUREMENT).time(row[TIME], "s")
    for tag in TAGS:
        made.tag(tag, row[tag])
    for field in FIELDS:
        if row[field.name] is not None:
            made.field(field.name, row[field.name])
    return made


def run(writer: Writer, variables: settings.Variables) -> None:
    """Stream the topic from its beginning into the writer until the process is ended."""
    options = settings.Spark.load(variables)
    query = streamed(variables).writeStream.option("checkpointLocation", str(options.checkpoints)).foreach(writer)
    query.start().awaitTermination()


def streamed(variables: settings.Variables) -> DataFrame:
    """The readings of the topic from its beginning."""
    kafka, options = settings.Kafka.load(variables), settings.Spark.load(variables)
    return readings(
        session(options)
        .readStream.format("kafka")
        .option("kafka.bootstrap.servers", kafka.bootstrap_servers)
        .option("subscribe", kafka.topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", options.max_offsets_per_trigger)
        .load()
    )


def session(options: settings.Spark) -> SparkSession:
    """A Spark session with the settings of the stack, and Spark's defaults for the rest."""
    return (
        SparkSession.builder.master(options.master_url)
        .appName("benchmark")
        .config("spark.driver.host", options.driver_host)
        .config("spark.driver.memory", options.driver_memory)
        .config("spark.executor.memory", options.executor_memory)
        .config("spark.jars", ",".join(sorted(str(jar) for jar in options.jars.glob("*.jar"))))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )


def readings(records: DataFrame) -> DataFrame:
    """Kafka records → tags, fields, and `time` in seconds since 1970."""
    texts = [StructField(name, StringType()) for name in (HOUR, *TAGS.values())]
    schema = StructType([*texts, *(StructField(field.source, DoubleType()) for field in FIELDS)])
    message = records.select(F.from_json(F.col("value").cast("string"), schema).alias("message"))
    return message.select(
        F.unix_seconds(F.to_timestamp(f"message.{HOUR}", "yyyyMMddHH")).alias(TIME),
        *(F.col(f"message.{source}").alias(tag) for tag, source in TAGS.items()),
        *(F.col(f"message.{field.source}").alias(field.name) for field in FIELDS),
    )
