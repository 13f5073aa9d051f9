"""`./run_benchmarks.sh connector.results`: statistics and predictions into InfluxDB, by the connector and by Points.

The other way is what the application did before the connector: `foreachPartition` with an influxdb_client Point per
row, its lines in requests of 10,000. Both get the same rows, which Spark has in memory, in turns; the table has the
medians. "lines" is the time to make line protocol of the rows in one process, without Spark and InfluxDB.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from influxdb_client import Point, WritePrecision
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.write.options import positive
from spark_app.daily.statistics_job import POINTS as STATISTICS
from spark_app.influxdb.store import connection, points, write_options
from spark_influxdb import Connection, Points, write
from spark_influxdb.line_protocol import lines
from spark_influxdb.write_api import Chunk, WriteApi
from testing.servers import running_influxdb
from testing.throwaway_stack import machine
from weather.daily import FORECAST, PREDICTED_FIELDS

PREDICTIONS = points(FORECAST, tags=("station",), fields=PREDICTED_FIELDS, time="date")
TEXTS = ("model",)
IN_A_REQUEST = 10_000


def main() -> int:
    """Print the table."""
    options = arguments()
    print(f"{machine()}; {options.stations:,} stations, medians of {options.rounds} rounds\n")
    print("| rows | lines: points | lines: connector | | in all: points | in all: connector | |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    with tempfile.TemporaryDirectory(prefix="weather-") as name, running_influxdb(Path(name)) as store:
        place = connection(store.options)
        for title, what, days in cases(options.days):
            rows = made(spark, what, options.stations, days).persist()
            number = rows.count()
            batch, plain = rows.toArrow().combine_chunks().to_batches()[0], rows.collect()
            ways: list[Callable[[], object]] = [
                lambda plain=plain, what=what: [line_of(row, what) for row in plain],  # type: ignore[misc]
                lambda batch=batch, what=what: lines(batch, what),  # type: ignore[misc]
                lambda rows=rows, what=what: rows.foreachPartition(ByPoints(place, what)),  # type: ignore[misc]
                lambda rows=rows, what=what: write(rows, write_options(what, store.options)),  # type: ignore[misc]
            ]
            each = taken(ways, options.rounds)
            cells = [f"{1000 * seconds:,.0f} ms" for seconds in each]
            times = [f"{each[0] / each[1]:.1f} ×", f"{each[2] / each[3]:.1f} ×"]
            print(
                f"| {title}: {number:,} | {cells[0]} | {cells[1]} | {times[0]} | {cells[2]} | {cells[3]} | {times[1]} |"
            )
            rows.unpersist()
    spark.stop()
    return 0


def cases(days: int) -> list[tuple[str, Points, int]]:
    """Title, points, and days of a batch."""
    return [
        ("statistics of a day", STATISTICS, 1),
        ("predictions for a day", PREDICTIONS, 1),
        (f"predictions for {days} days", PREDICTIONS, days),
    ]


def taken(ways: list[Callable[[], object]], rounds: int) -> list[float]:
    """The median seconds of each way; the first round, which compiles, does not count."""
    seconds: list[list[float]] = [[] for _ in ways]
    for number in range(rounds + 1):
        for way, found in zip(ways, seconds, strict=True):
            began = time.monotonic()
            way()
            if number:
                found.append(time.monotonic() - began)
    return [statistics.median(found) for found in seconds]


def made(spark: SparkSession, what: Points, stations: int, days: int) -> DataFrame:
    """Rows with the columns of these points."""
    rows = spark.range(stations * days, numPartitions=2)
    day = F.date_add(F.lit("2026-01-01").cast("date"), (F.col("id") / stations).cast("int"))
    columns = [
        F.concat(F.lit("STATION-"), (F.col("id") % stations).cast("string")).alias("station"),
        day.alias(what.time),
    ]
    for number, name in enumerate(what.fields):
        columns.append(F.lit("20260101T120000Z").alias(name) if name in TEXTS else (F.rand(number) * 40).alias(name))
    return rows.select(*columns)


class ByPoints:
    """A function for `foreachPartition`: a Point per row."""

    def __init__(self, place: Connection, what: Points) -> None:
        self._place = place
        self._what = what

    def __call__(self, rows: Iterable[Any]) -> None:
        """Write the rows."""
        api, what = WriteApi(self._place, "s"), self._what
        made = (line_of(row, what) for row in rows)
        while chunk := list(islice(made, IN_A_REQUEST)):
            assert api.write(Chunk("\n".join(chunk).encode())) == []


def line_of(row: Any, what: Points) -> str:
    """The line of a row, by influxdb_client."""
    moment: date = row[what.time]
    point = Point(what.measurement).time(datetime(moment.year, moment.month, moment.day, tzinfo=UTC), WritePrecision.S)
    for tag in what.tags:
        point.tag(tag, row[tag])
    for field in what.fields:
        value = row[field]
        point.field(field, value if value is None or isinstance(value, str) else float(value))
    return str(point.to_line_protocol())


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=positive, default=5_000, help="stations (default: 5,000)")
    parser.add_argument("--days", type=positive, default=30, help="days of the largest batch (default: 30)")
    parser.add_argument("--rounds", type=positive, default=9, help="measurements of each (default: 9)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
