"""Daily reports: from Kafka records to rows of `station`, `day` and what was measured; one of each station and day.

`day` is a timestamp, the day at 00:00 UTC, because that is what Spark's watermarks understand.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_app.readings import UNUSABLE_IN_A_TAG
from weather import settings
from weather.daily import MOST_DEGREES, SPARK_SCHEMA
from weather.forecast_settings import Forecast

VALUES = ["degrees", "raining", "minimum", "maximum"]
KEY = ["station", "day"]


def read(spark: SparkSession, kafka: settings.Kafka, options: Forecast) -> DataFrame:
    """The records of the topic of daily reports, from its beginning, as a stream."""
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", kafka.bootstrap_servers)
        .option("subscribe", options.topic)
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")
        .load()
    )


def parse(records: DataFrame) -> DataFrame:
    """Kafka records with the columns of their report, `day`, and `reason`: why it cannot be used, null where it can."""
    report = F.from_json(F.col("value").cast("string"), SPARK_SCHEMA)
    fields = records.withColumn("report", report).select(*records.columns, "report.*")
    return fields.withColumn("day", F.try_to_timestamp("date", F.lit("yyyy-MM-dd"))).withColumn("reason", _reason())


def usable(records: DataFrame) -> DataFrame:
    """The reports that can be used."""
    return parse(records).where("reason IS NULL").select(*KEY, *VALUES)


def _reason() -> Column:
    """The first of these that holds."""
    finite = F.col("degrees").between(-MOST_DEGREES, MOST_DEGREES)
    checks = {
        "the message is empty": F.col("value").isNull(),
        "no station": F.coalesce(F.trim("station"), F.lit("")) == "",
        "the station holds a control character or ends in a backslash": F.col("station").rlike(UNUSABLE_IN_A_TAG),
        "the date is not a day written as YYYY-MM-DD": F.col("day").isNull()
        | ~F.col("date").rlike(r"^\d{4}-\d{2}-\d{2}$"),
        "degrees are no temperature": ~F.coalesce(finite, F.lit(False)),
        "raining is neither 0 nor 1": ~F.coalesce(F.col("raining").isin(0, 1), F.lit(False)),
    }
    return F.coalesce(*(F.when(check, F.lit(words)) for words, check in checks.items()))


def one_of_each(reports: DataFrame, late_days: int) -> DataFrame:
    """The first report of each station and day; of days so long before the newest one none is taken any more."""
    return reports.withWatermark("day", f"{late_days} days").dropDuplicates(KEY)
