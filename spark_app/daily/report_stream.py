"""Daily reports: from Kafka records to rows of `station`, `day` and what was measured; one of each station and day.

`day` is a timestamp, the day at 00:00 UTC, because that is what Spark's watermarks understand.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from spark_app.context import Context
from spark_app.kafka.topics import ensure_topics, topic_id
from spark_app.queries import output
from weather import settings
from weather.daily import MAX_DEGREES, SPARK_SCHEMA
from weather.dead_letter import topic_of
from weather.limits import FIRST_DAY, LAST_DAY, MAX_TAG_BYTES, OUTSIDE_TIME, UNUSABLE_IN_A_TAG
from weather.settings.forecast import Forecast, reports_topic
from weather.topics import DAILY, PARTITIONS

BatchFunction = Callable[[DataFrame, int], None]
VALUES = ["degrees", "raining", "minimum", "maximum"]
KEY = ["station", "day"]
STATE = 2
"""Number of what these queries keep from batch to batch. With another one they begin anew: Spark cannot read state that
has other columns. What they write again is the same."""


def topics(variables: settings.Variables) -> list[str]:
    """What the streamer makes for these jobs; what job `daily` writes to is made by those who read it, too."""
    name = reports_topic(variables)
    return [] if name == DAILY else [name, topic_of(name)]


def prepared(context: Context) -> Forecast:
    """The settings of the jobs that read daily reports, once their topics are there."""
    options = Forecast.load(context.variables)
    if options.topic == DAILY:
        ensure_topics(context.kafka, {DAILY: PARTITIONS[DAILY], topic_of(DAILY): PARTITIONS[DAILY]})
    return options


def checkpoint(context: Context, query: str, topic: str) -> str:
    """The name of a query's checkpoint. A topic that was recreated has another: the query starts over with it."""
    return f"{query}-{STATE}-{topic_id(context.kafka, topic)[:13]}"


def each_batch(
    context: Context, rows: DataFrame, query: str, topic: str, seconds: int, write: BatchFunction, mode: str = "append"
) -> StreamingQuery:
    """Start a query over what one topic holds: every so many seconds, what is new (or, in mode `complete`, all)
    goes to `write` with the batch's number. It goes on from its checkpoint."""
    name = checkpoint(context, query, topic)
    return output(context, rows, query, name, seconds, mode).foreachBatch(write).start()


def parse(records: DataFrame) -> DataFrame:
    """Kafka records with the columns of their report, `day`, and `reason`: why it cannot be used, null where it can."""
    report = F.from_json(F.col("value").cast("string"), SPARK_SCHEMA)
    fields = records.withColumn("report", report).select(*records.columns, "report.*")
    return fields.withColumn("day", F.try_to_timestamp("date", F.lit("yyyy-MM-dd"))).withColumn("reason", _reason())


def usable(records: DataFrame, *more: str) -> DataFrame:
    """The valid reports: KEY, VALUES, and more columns of a report."""
    return parse(records).where("reason IS NULL").select(*KEY, *VALUES, *more)


def _reason() -> Column:
    """The first of these that holds."""
    finite = F.col("degrees").between(-MAX_DEGREES, MAX_DEGREES)
    checks = {
        "the message is empty": F.col("value").isNull(),
        "no station": F.coalesce(F.trim("station"), F.lit("")) == "",
        "the station holds a control character or ends in a backslash": F.col("station").rlike(UNUSABLE_IN_A_TAG),
        f"the station is longer than {MAX_TAG_BYTES:,} bytes": F.octet_length("station") > MAX_TAG_BYTES,
        "the date is not a day written as YYYY-MM-DD": F.col("day").isNull()
        | ~F.col("date").rlike(r"^\d{4}-\d{2}-\d{2}$"),
        f"the date is {OUTSIDE_TIME}": ~F.col("date").between(FIRST_DAY, LAST_DAY),
        "degrees are no temperature": ~F.coalesce(finite, F.lit(False)),
        "raining is neither 0 nor 1": ~F.coalesce(F.col("raining").isin(0, 1), F.lit(False)),
    }
    return F.coalesce(*(F.when(check, F.lit(words)) for words, check in checks.items()))


def one_of_each(reports: DataFrame, late_days: int) -> DataFrame:
    """The first report of each station and day; of days so long before the newest one none is taken any more."""
    return reports.withWatermark("day", f"{late_days} days").dropDuplicates(KEY)
