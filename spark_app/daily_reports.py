"""The job `daily`: hourly readings → daily reports in topic `daily`, one a station and day of the data's time zone.

An hour belongs to the local day in which it lies. A day's report is made once, when an hour has come that lies so many
hours after the day's end: later hours of that day are not in it (they are in the store all the same).
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from spark_app import meteo
from spark_app.context import Context
from spark_app.kafka_source import read
from spark_app.kafka_topics import ensure_topics
from spark_app.report_stream import each_batch
from spark_app.results import Results
from weather import settings
from weather.daily import RAINY_FROM
from weather.forecast_settings import Days
from weather.limits import FIRST_SECOND, LAST_SECOND
from weather.reading import HOUR, STATION_NAME
from weather.topics import DAILY, PARTITIONS

QUERY = "daily"
READING = f"{STATION_NAME} STRING, {HOUR} STRING, T DOUBLE, TN DOUBLE, TX DOUBLE, RR1 DOUBLE"
"""What a day is made of."""


def topics(variables: settings.Variables) -> list[str]:
    """The topic of the readings."""
    return meteo.topics(variables)


def start(context: Context) -> list[StreamingQuery]:
    """Start the query; a day that is published again after a crash is the same report, and counts once."""
    days = Days.load(context.variables)
    ensure_topics(context.kafka, {DAILY: PARTITIONS[DAILY]})
    reports = daily_reports(hours(read(context, context.kafka.topic)), days)
    publish = Results(QUERY, context, topic=DAILY, key="station")
    return [each_batch(context, reports, QUERY, context.kafka.topic, days.every_seconds, publish)]


def hours(records: DataFrame) -> DataFrame:
    """Kafka records of readings → `station`, `time` and the measured columns; what is no reading is left out.

    The job that carries the readings into the store sets those aside.
    """
    reading = F.from_json(F.col("value").cast("string"), READING)
    columns = records.select(reading.alias("reading")).select("reading.*")
    time = F.try_to_timestamp(HOUR, F.lit("yyyyMMddHH"))
    storable = time.between(F.timestamp_seconds(F.lit(FIRST_SECOND)), F.timestamp_seconds(F.lit(LAST_SECOND)))
    named = columns.withColumn("station", F.trim(STATION_NAME)).withColumn("time", F.when(storable, time))
    return named.where("time IS NOT NULL AND station <> ''").select("station", "time", "T", "TN", "TX", "RR1")


def daily_reports(readings: DataFrame, days: Days) -> DataFrame:
    """`station`, `date`, `degrees` (mean), `raining` (0 or 1), `minimum`, `maximum` of each day with enough hours."""
    local = readings.withColumn("local", F.from_utc_timestamp("time", days.time_zone))
    each_once = local.withWatermark("local", f"{days.late_hours} hours").dropDuplicates(["station", "time", "local"])
    whole = each_once.groupBy(F.window("local", "1 day"), "station").agg(
        F.avg("T").alias("degrees"),
        F.count("T").alias("of_temperature"),
        F.count("RR1").alias("of_rain"),
        F.sum("RR1").alias("rain"),
        F.min(F.least("T", "TN")).alias("minimum"),
        F.max(F.greatest("T", "TX")).alias("maximum"),
    )
    enough = whole.where(F.least("of_temperature", "of_rain") >= days.fewest_hours)
    return enough.select(
        "station",
        F.date_format("window.start", "yyyy-MM-dd").alias("date"),
        "degrees",
        # Sums of tenths differ from their true value far behind the comma.
        (F.round("rain", 3) > RAINY_FROM).cast("int").alias("raining"),
        "minimum",
        "maximum",
    )
