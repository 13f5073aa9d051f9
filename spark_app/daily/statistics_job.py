"""The job `stats`: statistics of each station so far, in the store. Invalid reports go to the dead-letter topic."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.daily import console, invalid_reports
from spark_app.daily.report_stream import each_batch, one_of_each, prepared, valid_reports
from spark_app.influxdb.results import Results
from spark_app.influxdb.store import points
from spark_app.kafka.source import read
from spark_app.queries import Query
from weather.daily import PLACE, STATISTICS, STATISTICS_FIELDS

QUERY = "stats"
POINTS = points(STATISTICS, tags=("station", "station_id"), fields=STATISTICS_FIELDS, time="end")
"""A point has the time of its station's newest day, so the points of a replay show how the statistics developed."""


def queries(context: Context) -> list[Query]:
    """The queries. State and offsets share a checkpoint, so a report counts once, even if a process is killed."""
    options = prepared(context)
    records = read(context, options.topic)
    into_store = Results(QUERY, context, points=POINTS)

    def write(batch: DataFrame, number: int) -> None:
        """Write the statistics. The first day becomes milliseconds since 1970, as dashboards expect times."""
        in_milliseconds = F.unix_millis(F.col("start").cast("timestamp"))
        into_store(batch.withColumn("start", in_milliseconds), number)
        if options.console:
            console.show(QUERY, batch.orderBy("station").drop("rainy_share", *PLACE), number)

    rows = statistics(valid_reports(records, *PLACE), options.late_days).coalesce(1)
    query = each_batch(context, rows, QUERY, options.topic, options.statistics_seconds, write, mode="complete")
    return [query, invalid_reports.query(context, records, options)]


def statistics(reports: DataFrame, late_days: int) -> DataFrame:
    """One row per station: first and last day, number of days, average and extremes, share of rainy days, location.

    A day that is reported twice counts once. The state is one row per station, and the days within the watermark's
    delay.
    """
    return (
        one_of_each(reports, late_days)
        .groupBy("station_id")
        .agg(
            F.max_by("station", "day").alias("station"),
            F.to_date(F.min("day")).alias("start"),
            F.to_date(F.max("day")).alias("end"),
            F.count("day").alias("measurements"),
            F.avg("degrees").alias("avg"),
            F.min("degrees").alias("min"),
            F.max("degrees").alias("max"),
            F.avg("raining").alias("rainy_share"),
            *(F.max_by(name, "day").alias(name) for name in PLACE),
        )
    )
