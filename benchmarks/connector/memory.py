"""`./run_benchmarks.sh connector.memory`: 10 million rows written by the connector and read back, in bounded memory.

Spark makes the rows as it goes, so what grows with their number would be the connector's. The table has the highest
memory of Spark and Python together in each fifth of the run. The rows that come back are counted and summed by Spark,
without a place where all of them would be. The exit status is 1 if a row is missing.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import spark_influxdb
from benchmarks.write.options import positive
from spark_app.influxdb.store import connection
from testing.servers import InfluxDBServer, running_influxdb
from testing.throwaway_stack import machine

STATIONS = 500
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
MIB = 2**20
SAMPLE_EVERY = 1.0


def main() -> int:
    """Print one line for the write and one for the read."""
    rows = arguments().rows
    print(f"{machine()}; {rows:,} rows of five fields, {STATIONS} stations, heap of 1 GiB\n")
    print("| | seconds | rows/s | peak MiB in each fifth of the time |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="weather-") as name, running_influxdb(Path(name)) as server:
        spark = session()
        written = measured("write", rows, lambda: write(spark, server, rows))
        found = measured("read", rows, lambda: read(spark, server, rows))
        spark.stop()
    assert written == rows
    return 0 if found == rows else 1


def session() -> SparkSession:
    """Spark with little memory."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    spark_influxdb.register(spark)
    return spark


def write(spark: SparkSession, server: InfluxDBServer, rows: int) -> int:
    """Write, and return the number of points. Stations take turns, one second after the other."""
    n = F.col("id")
    second = F.timestamp_seconds(F.lit(int(FIRST.timestamp())) + (n / STATIONS).cast("long"))
    station = F.concat(F.lit("station "), (n % STATIONS).cast("string")).alias("station")
    fields = [(n % (1000 + field) / 10).alias(f"field{field}") for field in range(5)]
    made = spark.range(rows, numPartitions=16).select(second.alias("time"), station, *fields)
    points = spark_influxdb.Points("rows", tags=("station",), precision="s")
    return spark_influxdb.write(made, spark_influxdb.WriteOptions(connection(server.options), points)).points


def read(spark: SparkSession, server: InfluxDBServer, rows: int) -> int:
    """Read everything, and return the number of rows."""
    stop = FIRST + timedelta(seconds=rows // STATIONS + 1)
    found = spark.read.format("influxdb").options(
        url=server.url, org=server.org, bucket=server.bucket, token=server.read_token, measurement="rows",
        start=FIRST.isoformat(), stop=stop.isoformat(), partitions="64", timeout="600",
    )  # fmt: skip
    total = found.load().agg(F.count("*").alias("rows"), *(F.sum(f"field{n}") for n in range(5))).first()
    return int(total["rows"])


def measured(what: str, rows: int, work: Callable[[], int]) -> int:
    """Do the work, and print what it took."""
    samples: list[float] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_EVERY):
            samples.append(memory() / MIB)

    watching = threading.Thread(target=sample)
    watching.start()
    began = time.monotonic()
    number = work()
    seconds = time.monotonic() - began
    done.set()
    watching.join()
    fifths = [samples[len(samples) * n // 5 : len(samples) * (n + 1) // 5] for n in range(5)]
    shown = ", ".join(f"{max(part, default=0):,.0f}" for part in fifths)
    print(f"| {what} | {seconds:.0f} | {rows / seconds:,.0f} | {shown} |", flush=True)
    return number


def memory() -> int:
    """Bytes of this process, Spark's JVM and the Python workers; not those of influxd, which this process started."""
    used = 0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            if process.name() != "influxd":
                used += process.memory_full_info().pss
        except psutil.Error:
            continue
    return used


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=positive, default=10_000_000, help="rows (default: 10 million)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
