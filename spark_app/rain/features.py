"""The features of a station's day: the weather of the two days before it. Pure: data frames in, data frames out.

Works on streams and on tables. On a stream each side of a join keeps only the days within the watermark's delay. A
joined row is emitted as soon as its last report arrives, in any order. A missing day has no row in the dataset, and
neither have the two days after it.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.daily.report_stream import KEY, VALUES, one_of_each
from weather.daily import TEMPERATURES

FEATURES = ["month", "sub1degrees", "sub1raining", "sub2degrees", "sub2raining"]
"""Month of the day, 1 to 12; degrees and rain (0 or 1) of the day before and of two days before."""
RAIN_DATASET = ["station_id", "date", "raining", *FEATURES]
"""The columns that the rain model is trained on."""
TEMPERATURE_DATASET = ["station_id", "date", *TEMPERATURES, *FEATURES, "sub1minimum", "sub1maximum"]
"""The columns that the temperature models are trained on. Extremes are null if a station does not report them."""


def known_before(reports: DataFrame, late_days: int) -> DataFrame:
    """The features of each day, including the day after the newest report.

    Columns: number and name of the station, `date`, FEATURES, and the extremes of the day before, `sub1minimum` and
    `sub1maximum`.
    """
    return _dated(_before(reports, late_days)).drop("day", "sub2minimum", "sub2maximum")


def days_with_features(reports: DataFrame, late_days: int) -> DataFrame:
    """The days with their features: the columns of RAIN_DATASET and of TEMPERATURE_DATASET."""
    joined = one_of_each(reports.drop("station"), late_days).join(_before(reports, late_days), KEY)
    return _dated(joined).select(*dict.fromkeys(RAIN_DATASET + TEMPERATURE_DATASET))


def _before(reports: DataFrame, late_days: int) -> DataFrame:
    yesterday = _days_before(1, reports, late_days)
    day_before = _days_before(2, reports.drop("station"), late_days)
    return yesterday.join(day_before, KEY).withColumn("month", F.month("day"))


def _days_before(number: int, reports: DataFrame, late_days: int) -> DataFrame:
    """Each report under the day that is `number` days after it. The watermark is that of the shifted days."""
    shifted = reports.withColumn("day", F.timestamp_add("DAY", F.lit(number), "day"))
    named = {name: f"sub{number}{name}" for name in VALUES}
    once = one_of_each(shifted, late_days).withColumnsRenamed(named)
    return once.withColumn(named["degrees"], F.col(named["degrees"]).cast("float"))


def _dated(frame: DataFrame) -> DataFrame:
    return frame.withColumn("date", F.to_date("day"))
