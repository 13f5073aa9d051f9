"""The days to train on, from the readings in InfluxDB instead of the files of job `rain`."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import spark_influxdb
from spark_app.daily.job import MADE_OF, daily_reports
from spark_app.rain.features import days_with_features
from spark_influxdb import reader
from spark_influxdb.options import read_options
from weather import settings
from weather.errors import SettingsError
from weather.reading import FIELDS, MEASUREMENT
from weather.settings import sources
from weather.settings.forecast import Days, Forecast

SOURCE = "meteofrance"
"""The source whose readings are in the store; the simulated ones send days, of which it holds statistics only."""


def days(spark: SparkSession, variables: settings.Variables, start: date, stop: date) -> DataFrame:
    """Days with their features, computed as the jobs `daily` and `rain` do: the columns of both datasets.

    `start` and `stop` are dates, 00:00 UTC; `stop` is not part of the range. Raise SettingsError for a source without
    readings, spark_influxdb.InfluxDBError if the store cannot be read or has no readings in the range.
    """
    if sources.chosen(variables) != SOURCE:
        raise SettingsError(f"--from-store needs hourly readings, which only STREAM_SOURCE={SOURCE} writes to InfluxDB")
    reports = daily_reports(readings(spark, variables, start, stop), Days.load(variables))
    named = reports.withColumn("day", F.to_timestamp("date", "yyyy-MM-dd")).drop("date")
    return days_with_features(named, Forecast.load(variables).late_days)


def readings(spark: SparkSession, variables: settings.Variables, start: date, stop: date) -> DataFrame:
    """The stored readings, as `daily_reports` takes them; null where a station has no value."""
    store = settings.InfluxDB.load(variables)
    field_of = {field.source: field.name for field in FIELDS if field.source in MADE_OF}
    spark_influxdb.register(spark)
    options = {
        "url": store.url, "org": store.org, "bucket": store.bucket, "token_file": str(store.read_token_file),
        "measurement": MEASUREMENT, "fields": ",".join(field_of.values()),
        "start": start.isoformat(), "stop": stop.isoformat(),
    }  # fmt: skip
    schema = reader.schema(read_options(options))  # asked here, because an error is Spark's own in a worker
    rows = spark.read.format("influxdb").options(**options).schema(schema).load()
    numbers = [
        (F.col(name) if name in rows.columns else F.lit(None).cast("double")).alias(source)
        for source, name in field_of.items()
    ]
    return rows.select("station_id", "station", "time", F.lit(0).alias("version"), *numbers)
