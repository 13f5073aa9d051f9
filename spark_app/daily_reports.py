"""Hourly readings → daily reports, one a station and day of the data's own time zone. Pure: frames in, frames out.

An hour belongs to the local day in which it lies. A day's report is made once, when an hour has come that lies so many
hours after the day's end: later hours of that day are not in it (they are in the store all the same).
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from weather.daily import RAINY_FROM
from weather.forecast_settings import Days
from weather.reading import HOUR, STATION_NAME

READING = f"{STATION_NAME} STRING, {HOUR} STRING, T DOUBLE, TN DOUBLE, TX DOUBLE, RR1 DOUBLE"
"""What a day is made of."""


def hours(records: DataFrame) -> DataFrame:
    """Kafka records of readings → `station`, `time` and the measured columns; what is no reading is left out.

    The job that carries the readings into the store sets those aside.
    """
    reading = F.from_json(F.col("value").cast("string"), READING)
    columns = records.select(reading.alias("reading")).select("reading.*")
    time = F.try_to_timestamp(HOUR, F.lit("yyyyMMddHH"))
    named = columns.withColumn("station", F.trim(STATION_NAME)).withColumn("time", time)
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
