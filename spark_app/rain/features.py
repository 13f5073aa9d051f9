"""What is known of a station's day before it begins: the weather of the two days before. Pure: frames in, frames out.

Works on streams and on tables alike. On streams each side keeps the days of the watermark's delay and no more; a
joined row appears as soon as its last report has come, whatever the order. A missing day gives no row.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.daily.report_stream import KEY, VALUES, one_of_each
from weather.daily import TEMPERATURES

FEATURES = ["month", "sub1degrees", "sub1raining", "sub2degrees", "sub2raining"]
"""Month 1 to 12 of the day; degrees and rain (0 or 1) of one day and of two days before it."""
RAIN_DATASET = ["station", "date", "raining", *FEATURES]
"""What the rain model is trained on."""
TEMPERATURE_DATASET = ["station", "date", *TEMPERATURES, *FEATURES, "sub1minimum", "sub1maximum"]
"""What the models of temperatures are trained on; extremes are missing where a station does not report them."""


def known_before(reports: DataFrame, late_days: int) -> DataFrame:
    """The features of a day, also for the day after the newest report: `station`, `date`, FEATURES, and the extremes
    of the day before, `sub1minimum` and `sub1maximum`."""
    return _dated(_before(reports, late_days)).drop("day", "sub2minimum", "sub2maximum")


def days_with_features(reports: DataFrame, late_days: int) -> DataFrame:
    """The columns of RAIN_DATASET and of TEMPERATURE_DATASET."""
    joined = one_of_each(reports, late_days).join(_before(reports, late_days), KEY)
    return _dated(joined).select(*dict.fromkeys(RAIN_DATASET + TEMPERATURE_DATASET))


def _before(reports: DataFrame, late_days: int) -> DataFrame:
    yesterday, day_before = (_days_before(number, reports, late_days) for number in (1, 2))
    return yesterday.join(day_before, KEY).withColumn("month", F.month("day"))


def _days_before(number: int, reports: DataFrame, late_days: int) -> DataFrame:
    """Each report under the day that comes so many days after it. The watermark follows the shifted days."""
    shifted = reports.withColumn("day", F.timestamp_add("DAY", F.lit(number), "day"))
    named = {name: f"sub{number}{name}" for name in VALUES}
    once = one_of_each(shifted, late_days).withColumnsRenamed(named)
    return once.withColumn(named["degrees"], F.col(named["degrees"]).cast("float"))


def _dated(frame: DataFrame) -> DataFrame:
    return frame.withColumn("date", F.to_date("day"))
