"""Daily reports: Kafka records → rows of `station_id`, `day`, name and measured values, one per station and day.

`day` is a timestamp, 00:00 UTC of the day, because Spark's watermarks need one.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.kafka.topics import ensure_topics, topic_id
from spark_app.queries import Query
from weather import settings
from weather.daily import MAX_DEGREES, SPARK_SCHEMA
from weather.dead_letter import topic_of
from weather.limits import FIRST_DAY, LAST_DAY, MAX_TAG_BYTES, OUTSIDE_TIME, UNUSABLE_IN_A_TAG
from weather.settings.forecast import Forecast, reports_topic
from weather.topics import DAILY, PARTITIONS

BatchFunction = Callable[[DataFrame, int], None]
VALUES = ["degrees", "raining", "minimum", "maximum"]
KEY = ["station_id", "day"]
"""A station is identified by its number. Its name, `station`, may change, and two stations may have the same."""
STATE = 3
"""Version of the state of these queries. With another version they start over, because Spark cannot read state with
other columns. What they write again is the same."""


def topics(variables: settings.Variables) -> list[str]:
    """The topics that the streamer creates for these jobs. The readers of topic `daily` create it if it is missing."""
    name = reports_topic(variables)
    return [] if name == DAILY else [name, topic_of(name)]


def prepared(context: Context) -> Forecast:
    """The settings of the jobs that read daily reports. Create topic `daily` if they read it and it is missing."""
    options = Forecast.load(context.variables)
    if options.topic == DAILY:
        ensure_topics(context.kafka, {DAILY: PARTITIONS[DAILY], topic_of(DAILY): PARTITIONS[DAILY]})
    return options


def checkpoint(context: Context, query: str, topic: str) -> str:
    """The name of a query's checkpoint. A recreated topic has another checkpoint, so the query starts over."""
    return f"{query}-{STATE}-{topic_id(context.kafka, topic)[:13]}"


def each_batch(
    context: Context,
    rows: DataFrame,
    query: str,
    topic: str,
    seconds: int,
    write: BatchFunction,
    mode: str = "append",
    *,
    emits_by_watermark: bool = False,
) -> Query:
    """A query over one topic, which resumes from its checkpoint.

    Every `seconds` it passes the new rows (in mode `complete` all rows) and the batch's number to `write`.
    """
    name = checkpoint(context, query, topic)
    return Query(
        context, rows, query, name, lambda output: output.foreachBatch(write), seconds, mode,
        emits_by_watermark=emits_by_watermark,
    )  # fmt: skip


def parse(records: DataFrame) -> DataFrame:
    """Kafka records with their report's columns, `day`, and `reason`, which is null if the report is valid."""
    report = F.from_json(F.col("value").cast("string"), SPARK_SCHEMA)
    fields = records.withColumn("report", report).select(*records.columns, "report.*")
    fields = fields.withColumn("station_id", F.coalesce("station_id", "station"))
    return fields.withColumn("day", F.try_to_timestamp("date", F.lit("yyyy-MM-dd"))).withColumn("reason", _reason())


def valid_reports(records: DataFrame, *more: str) -> DataFrame:
    """The valid reports: KEY, the station's name, VALUES, and more columns of a report."""
    return parse(records).where("reason IS NULL").select(*KEY, "station", *VALUES, *more)


def _reason() -> Column:
    """The first reason that applies; null if the report is valid."""
    finite = F.col("degrees").between(-MAX_DEGREES, MAX_DEGREES)
    checks = {
        "the message is empty": F.col("value").isNull(),
        "the station is missing": _either(lambda text: F.coalesce(F.trim(text), F.lit("")) == ""),
        "the station holds a control character or ends in a backslash": _either(_is_unusable),
        f"the station is longer than {MAX_TAG_BYTES:,} bytes": _either(_is_long),
        "the date is not a day written as YYYY-MM-DD": F.col("day").isNull()
        | ~F.col("date").rlike(r"^\d{4}-\d{2}-\d{2}$"),
        f"the date is {OUTSIDE_TIME}": ~F.col("date").between(FIRST_DAY, LAST_DAY),
        "degrees is not a valid temperature": ~F.coalesce(finite, F.lit(False)),
        "raining is neither 0 nor 1": ~F.coalesce(F.col("raining").isin(0, 1), F.lit(False)),
    }
    return F.coalesce(*(F.when(check, F.lit(words)) for words, check in checks.items()))


def _is_unusable(text: Column) -> Column:
    return text.rlike(UNUSABLE_IN_A_TAG)


def _is_long(text: Column) -> Column:
    return F.octet_length(text) > MAX_TAG_BYTES


def _either(check: Callable[[Column], Column]) -> Column:
    """Whether a check applies to the station's name or to its number."""
    return check(F.col("station")) | check(F.col("station_id"))


def one_of_each(reports: DataFrame, late_days: int) -> DataFrame:
    """The first report of each station and day. A day more than `late_days` before the newest is no longer accepted."""
    return reports.withWatermark("day", f"{late_days} days").dropDuplicates(KEY)
