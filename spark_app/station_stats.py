"""What each station has reported so far. Pure: a frame in, a frame out."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.report_stream import one_of_each


def statistics(reports: DataFrame, late_days: int) -> DataFrame:
    """A row for each station: first and last day, number of days, average, lowest, highest degrees, share of rainy days.

    A day that was reported twice counts once. The state is a row for each station, and the days within the watermark.
    """
    return (
        one_of_each(reports, late_days)
        .groupBy("station")
        .agg(
            F.to_date(F.min("day")).alias("start"),
            F.to_date(F.max("day")).alias("end"),
            F.count("day").alias("measurements"),
            F.avg("degrees").alias("avg"),
            F.min("degrees").alias("min"),
            F.max("degrees").alias("max"),
            F.avg("raining").alias("rainy_share"),
        )
    )
