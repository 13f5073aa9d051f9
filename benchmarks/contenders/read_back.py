"""`python -m benchmarks.contenders.read_back WAY START SOON STOP`: reads stored readings into pandas, twice.

  connector  `spark.read.format("influxdb")`, then `toPandas()`
  client     influxdb_client's `query_data_frame` with a pivot

First those from START to SOON, which are few, then those from START to STOP. Prints a JSON object: the rows of the
second read, and the seconds of both from the request to the DataFrame. The start of Spark's JVM does not count.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import pandas as pd
from influxdb_client import InfluxDBClient

import spark_influxdb
from benchmarks.contenders.spark_stream import session
from weather import settings
from weather.reading import MEASUREMENT
from weather.secrets import read_secret

TIMEOUT_MS = 1_800_000


def connector(variables: settings.Variables) -> Callable[[str, str], pd.DataFrame]:
    """A function that reads a range of time."""
    source, options = settings.InfluxDBSink.load(variables), settings.Spark.load(variables)
    spark = session(options)
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    spark_influxdb.register(spark)
    reader = spark.read.format("influxdb").options(
        url=source.url, org=source.org, bucket=source.bucket, token_file=str(source.read_token_file),
        measurement=MEASUREMENT,
    )  # fmt: skip
    return lambda start, stop: reader.options(start=start, stop=stop).load().toPandas()


def client(variables: settings.Variables) -> Callable[[str, str], pd.DataFrame]:
    """A function that reads a range of time."""
    source = settings.InfluxDBSink.load(variables)
    token = read_secret(source.read_token_file)
    api = InfluxDBClient(source.url, token, org=source.org, timeout=TIMEOUT_MS).query_api()

    def read(start: str, stop: str) -> pd.DataFrame:
        flux = (
            f'from(bucket: "{source.bucket}") |> range(start: {start}, stop: {stop}) '
            f'|> filter(fn: (r) => r._measurement == "{MEASUREMENT}") '
            '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
        )
        frame: pd.DataFrame = api.query_data_frame(flux)
        return frame

    return read


def main(way: str, start: str, soon: str, stop: str) -> None:
    """Read twice, and print the result."""
    read = {"connector": connector, "client": client}[way](settings.Variables())
    began = time.monotonic()
    read(start, soon)
    first = time.monotonic()
    rows = read(start, stop)
    seconds = {"first_seconds": round(first - began, 2), "seconds": round(time.monotonic() - first, 2)}
    print(json.dumps({"rows": len(rows), **seconds}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
