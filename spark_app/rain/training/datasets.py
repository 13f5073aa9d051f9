"""The days to train on: the files of job `rain`, or the readings in InfluxDB."""

from __future__ import annotations

import argparse
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_app.rain import parquet_files
from spark_app.rain.features import RAIN_DATASET, TEMPERATURE_DATASET
from spark_app.rain.training import from_store
from weather import settings
from weather.errors import StackError
from weather.settings import forecast

MIN_ROWS = 100
RAIN_SCHEMA = (
    "station_id STRING, station STRING, date DATE, raining INT, month INT, sub1degrees FLOAT, sub1raining INT, "
    "sub2degrees FLOAT, sub2raining INT"
)
TEMPERATURE_SCHEMA = (
    "station_id STRING, station STRING, date DATE, degrees DOUBLE, minimum DOUBLE, maximum DOUBLE, month INT, "
    "sub1degrees FLOAT, sub1raining INT, sub2degrees FLOAT, sub2raining INT, sub1minimum DOUBLE, sub1maximum DOUBLE"
)


class TooLittleData(StackError):
    """There are not enough days to train on. The message says how many are missing."""


def load(
    spark: SparkSession, options: argparse.Namespace, variables: settings.Variables
) -> tuple[DataFrame, DataFrame | None]:
    """The days to train the rain model and the temperature models on; None if there are no temperatures.

    Raise TooLittleData if there is no file.
    """
    if options.from_store:
        days = from_store.days(spark, variables, *options.from_store).cache()
        return _spread(days.select(*RAIN_DATASET)), _spread(days.select(*TEMPERATURE_DATASET))
    folder = forecast.temperatures_folder(options.dataset)
    rain = read(spark, options.dataset, RAIN_SCHEMA)
    if not parquet_files.files(folder):
        print(f"no temperatures in {folder}: temperature models are not trained")
        return rain, None
    return rain, read(spark, folder, TEMPERATURE_SCHEMA)


def read(spark: SparkSession, folder: Path, schema: str) -> DataFrame:
    """Each station's days once. Raise TooLittleData if there is no file."""
    files = parquet_files.files(folder)
    if not files:
        raise TooLittleData(
            f"not enough data: no Parquet file in {folder}. Training needs at least {MIN_ROWS} days of stations. "
            "Job rain writes a file every DATASET_SECONDS; --dataset selects another folder"
        )
    days = spark.read.schema(schema).parquet(*files)
    named = days.withColumn("station_id", F.coalesce("station_id", "station")).drop(
        "station"
    )  # version 0.1 wrote names
    return _spread(named.dropDuplicates(["station_id", "date"]))


def _spread(days: DataFrame) -> DataFrame:
    """The days in as many partitions as a small machine has cores."""
    return days.repartition(2, "station_id")
