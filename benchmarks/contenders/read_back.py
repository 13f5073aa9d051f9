"""`python -m benchmarks.contenders.read_back WAY START STOP`: reads the stored readings of a range of time into pandas.

  connector  `spark.read.format("influxdb")`, then `toPandas()`
  client     influxdb_client's `query_data_frame` with a pivot

Prints a JSON object: the rows, and the seconds from the request to the DataFrame; Spark's start does not count.
"""

from __future__ import annotations

import json
import sys
import time

import pandas as pd
from influxdb_client import InfluxDBClient

import spark_influxdb
from benchmarks.contenders.spark_stream import session
from weather import settings
from weather.reading import MEASUREMENT
from weather.secrets import read_secret

TIMEOUT_MS = 1_800_000


def connector(variables: settings.Variables, start: str, stop: str) -> tuple[pd.DataFrame, float]:
    """The rows and the seconds."""
    source, options = settings.InfluxDBSink.load(variables), settings.Spark.load(variables)
    spark = session(options)
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    spark_influxdb.register(spark)
    began = time.monotonic()
    reader = spark.read.format("influxdb").options(
        url=source.url, org=source.org, bucket=source.bucket, token_file=str(source.read_token_file),
        measurement=MEASUREMENT, start=start, stop=stop,
    )  # fmt: skip
    rows = reader.load().toPandas()
    return rows, time.monotonic() - began


def client(variables: settings.Variables, start: str, stop: str) -> tuple[pd.DataFrame, float]:
    """The rows and the seconds."""
    source = settings.InfluxDBSink.load(variables)
    flux = (
        f'from(bucket: "{source.bucket}") |> range(start: {start}, stop: {stop}) '
        f'|> filter(fn: (r) => r._measurement == "{MEASUREMENT}") '
        '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
    )
    token = read_secret(source.read_token_file)
    with InfluxDBClient(source.url, token, org=source.org, timeout=TIMEOUT_MS) as made:
        began = time.monotonic()
        rows = made.query_api().query_data_frame(flux)
        return rows, time.monotonic() - began


def main(way: str, start: str, stop: str) -> None:
    """Read, and print the result."""
    rows, seconds = {"connector": connector, "client": client}[way](settings.Variables(), start, stop)
    print(json.dumps({"rows": len(rows), "seconds": round(seconds, 2)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
