"""The application whose classes are archived: small queries with the same operators as the jobs.

`training.py HOST:PORT` reads from Kafka, as the jobs do; without an address it reads from a source of Spark's own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import DataStreamWriter, StreamingQuery

OTHER_JVMS = (
    "org.apache.spark.deploy.master.Master",
    "org.apache.spark.deploy.master.ui.MasterWebUI",
    "org.apache.spark.deploy.worker.ExecutorRunner",
    "org.apache.spark.deploy.worker.Worker",
    "org.apache.spark.deploy.worker.ui.WorkerWebUI",
    "org.apache.spark.executor.CoarseGrainedExecutorBackend",
)
"""Classes of the JVMs that do not run here."""
TOPIC = "class-data"
STATIONS, HOURS = 2, 24 * 4
BATCHES = 2
FIELDS = "station STRING, hour STRING, T DOUBLE, RR1 DOUBLE"
CONFIGURATION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
    ),
}


class Discard:
    """A ForeachWriter that writes nothing."""

    def process(self, row: Any) -> None:
        """Discard the row."""


def main(servers: str) -> int:
    """Run the queries to the end of their records."""
    spark = SparkSession.builder.appName("class-data").config(map=CONFIGURATION).getOrCreate()
    with tempfile.TemporaryDirectory(prefix="class-data-") as folder:
        for name in OTHER_JVMS:
            spark.sparkContext._jvm.java.lang.Class.forName(name)
        records = from_kafka(spark, servers) if servers else made_up(spark)
        for query in start(records, servers, Path(folder)):
            query.awaitTermination()
        for page in ("/api/v1/applications", "/metrics/executors/prometheus"):  # the set-up and InfluxDB read them
            urllib.request.urlopen(str(spark.sparkContext.uiWebUrl) + page).close()
        spark.stop()
    return 0


def start(records: DataFrame, servers: str, folder: Path) -> list[StreamingQuery]:
    """Queries like those of the jobs `meteo`, `daily`, `stats` and `rain`."""

    def write(batch: DataFrame, number: int) -> None:
        batch.persist()
        batch.collect()
        if servers:
            message = batch.select(F.to_json(F.struct("*")).alias("value"))
            message.write.format("kafka").option("kafka.bootstrap.servers", servers).option("topic", TOPIC).save()
        batch.unpersist()

    def begin(name: str, writer: DataStreamWriter) -> StreamingQuery:
        located = writer.queryName(name).option("checkpointLocation", str(folder / name))
        # A source of Spark's own has no end, so processAllAvailable would not return.
        return located.trigger(availableNow=True).start()

    rows = hours(records)
    means = rows.groupBy("station", F.month("time").alias("month")).agg(F.avg("T"), F.count("T"))
    return [
        begin("lines", lines(records).writeStream.foreach(Discard())),
        begin("days", daily_reports(once(rows)).writeStream.foreachBatch(write)),
        begin("means", means.writeStream.outputMode("complete").foreachBatch(write)),
        begin("pairs", with_the_hour_before(rows).writeStream.foreachBatch(write)),
    ]


def lines(records: DataFrame) -> DataFrame:
    """The records as text, by a function of Python."""

    def to_text(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            yield batch.select(["value"])

    times = records.withColumn("sent_ms", F.unix_millis("timestamp")).where(F.col("key") != F.lit(b"end"))
    return times.coalesce(2).select("value", "sent_ms", "partition", "offset").mapInArrow(to_text, "value BINARY")


def hours(records: DataFrame) -> DataFrame:
    """The records as columns: `station`, `time`, and two numbers."""
    fields = records.select(F.from_json(F.col("value").cast("string"), FIELDS).alias("reading")).select("reading.*")
    return fields.withColumn("time", F.try_to_timestamp("hour", F.lit("yyyyMMddHH"))).where("time IS NOT NULL")


def once(rows: DataFrame) -> DataFrame:
    """Each station and time once."""
    return rows.withWatermark("time", "6 hours").dropDuplicates(["station", "time"])


def daily_reports(rows: DataFrame) -> DataFrame:
    """One row per station and day."""
    days = rows.groupBy(F.window("time", "1 day"), "station").agg(
        F.avg("T").alias("degrees"), F.sum("RR1").alias("rain"), F.min("T").alias("minimum"), F.max_by("T", "time")
    )
    return days.select("station", F.col("window.start").alias("day"), "degrees", F.round("rain", 3).alias("rain"))


def with_the_hour_before(rows: DataFrame) -> DataFrame:
    """A join of two streams."""
    shifted = rows.withColumn("time", F.timestamp_add("HOUR", F.lit(1), "time"))
    return once(rows).join(once(shifted).withColumnsRenamed({"T": "before", "RR1": "rain"}), ["station", "time"])


def from_kafka(spark: SparkSession, servers: str) -> DataFrame:
    """Readings in a topic that is created for them."""
    with KafkaAdminClient(bootstrap_servers=servers) as admin:
        admin.create_topics({TOPIC: {"num_partitions": 2, "replication_factor": 1}}, wait_for_metadata=True)
    producer = KafkaProducer(bootstrap_servers=servers)
    for number in range(STATIONS * HOURS):
        producer.send(TOPIC, key=b"key", value=reading(number), partition=number % 2)
    producer.flush()
    producer.close()
    options = {"kafka.bootstrap.servers": servers, "subscribe": TOPIC, "startingOffsets": "earliest"}
    most = STATIONS * HOURS // BATCHES
    return spark.readStream.format("kafka").options(**options).option("maxOffsetsPerTrigger", most).load()


def made_up(spark: SparkSession) -> DataFrame:
    """Readings in the columns of a Kafka record, without Kafka."""
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", STATIONS * HOURS // BATCHES).load()
    hour = F.date_format(F.timestamp_seconds(F.col("value") * 1800), "yyyyMMddHH")
    fields = {"station": F.lit("1"), "hour": hour, "T": F.lit(8.1), "RR1": F.lit(0.2)}
    value = F.to_json(F.struct(*(column.alias(name) for name, column in fields.items()))).cast("binary")
    return rows.select(
        F.lit(b"key").alias("key"), value.alias("value"), F.lit(0).alias("partition"),
        F.col("value").alias("offset"), "timestamp",
    )  # fmt: skip


def reading(number: int) -> bytes:
    """A message of the topic."""
    hour = number // STATIONS
    fields = {"station": str(number % STATIONS), "hour": f"201401{1 + hour // 24:02}{hour % 24:02}"}
    return json.dumps(fields | {"T": 8.1, "RR1": 0.2}).encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
