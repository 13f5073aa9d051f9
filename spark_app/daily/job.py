"""The job `daily`: hourly readings → daily reports in topic `daily`, one per station and day of the data's time zone.

An hour belongs to the local day that contains it. Until a day is closed, a corrected hour replaces the earlier one. A
day's report is published once: when a reading arrives that lies DAILY_LATE_HOURS after the day's end, or when the
stream ends. Later hours and corrections of that day are not in the report, but they are in the store; they are counted
as `late_rows` of the query.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.daily.report_stream import each_batch
from spark_app.influxdb.results import Results
from spark_app.kafka.source import is_end_marker, read
from spark_app.kafka.topics import ensure_topics
from spark_app.queries import Query
from weather import settings
from weather.daily import PLACE, RAINY_FROM
from weather.limits import FIRST_SECOND, LAST_SECOND
from weather.reading import HOUR, STATION_ID, STATION_NAME, TAGS
from weather.settings.forecast import Days
from weather.topics import DAILY, PARTITIONS

QUERY = "daily"
MADE_OF = ("T", "TN", "TX", "RR1", *PLACE)
"""The columns of a reading from which a day is computed."""
TEXTS = (STATION_ID, STATION_NAME, HOUR)
READING = ", ".join([*(f"{name} STRING" for name in TEXTS), *(f"{name} DOUBLE" for name in MADE_OF)])


def topics(variables: settings.Variables) -> list[str]:
    """The topic of the readings."""
    return [settings.Kafka.load(variables).topic]


def queries(context: Context) -> list[Query]:
    """The query. A day that is published again after a crash is the same report and counts once."""
    days = Days.load(context.variables)
    ensure_topics(context.kafka, {DAILY: PARTITIONS[DAILY]})
    reports = daily_reports(hours(read(context, context.kafka.topic)), days)
    publish = Results(QUERY, context, topic=DAILY, key="station_id")
    topic, seconds = context.kafka.topic, days.every_seconds
    return [each_batch(context, reports, QUERY, topic, seconds, publish, emits_by_watermark=True)]


def hours(records: DataFrame) -> DataFrame:
    """Kafka records of readings → `station_id`, `station`, `time`, `version` and the measured columns.

    Of readings of the same hour, the one with the highest `version` counts. The end marker of a stream becomes a row
    without a station, at the newest hour. Invalid records are left out: job `meteo` sends them to the dead-letter
    topic.
    """
    reading = F.from_json(F.col("value").cast("string"), READING)
    columns = records.select(
        reading.alias("reading"), is_end_marker().alias("is_end"), F.col("offset").alias("version")
    ).select("reading.*", "is_end", "version")
    time = F.try_to_timestamp(HOUR, F.lit("yyyyMMddHH"))
    storable = time.between(F.timestamp_seconds(F.lit(FIRST_SECOND)), F.timestamp_seconds(F.lit(LAST_SECOND)))
    named = columns.withColumn("time", F.when(storable, time)).withColumns(
        {tag: F.when(~F.col("is_end"), F.trim(source)) for tag, source in TAGS.items()}
    )
    valid = "time IS NOT NULL AND ((station <> '' AND station_id <> '') OR is_end)"
    return named.where(valid).select("station_id", "station", "time", "version", *MADE_OF)


def daily_reports(readings: DataFrame, days: Days) -> DataFrame:
    """Days with enough hours: number and name of the station, `date`, and the values of a report (`weather.daily`)."""
    local = readings.withColumn("local", _local(days)).withWatermark("local", f"{days.late_hours} hours")
    hour = F.struct("time", "version", "station", *MADE_OF)
    collected = local.groupBy(F.window("local", "1 day"), "station_id").agg(F.collect_list(hour).alias("hours"))
    newest = collected.withColumn("hours", F.array_sort("hours")).withColumn("hours", F.expr(NEWEST))
    whole = newest.select("window", "station_id", F.col("hours")[F.size("hours") - 1].alias("last"), *_aggregated())
    enough = whole.where(F.least("of_temperature", "of_rain") >= days.min_hours)
    return enough.select(
        "station_id",
        "last.station",
        F.date_format("window.start", "yyyy-MM-dd").alias("date"),
        (F.col("sum_of_temperature") / F.col("of_temperature")).alias("degrees"),
        # Sums of tenths have floating-point errors.
        (F.round("rain", 3) > RAINY_FROM).cast("int").alias("raining"),
        "minimum",
        "maximum",
        *(f"last.{name}" for name in PLACE),
    )


NEWEST = "filter(hours, (hour, at) -> at + 1 = size(hours) OR hours[at + 1].time <> hour.time)"
"""Of hours sorted by `time` and `version`, the newest version of each."""


def _aggregated() -> Iterator[Column]:
    """Numbers of values, sums and extremes of the hours of a day; null if no hour has a value."""

    def present(*columns: str) -> Column:
        values = F.flatten(F.array(*(F.col("hours").getField(name) for name in columns)))
        return F.filter(values, lambda value: value.isNotNull())

    def total(values: Column) -> Column:
        return F.aggregate(values, F.lit(0.0), lambda so_far, value: so_far + value)

    yield F.size(present("T")).alias("of_temperature")
    yield F.size(present("RR1")).alias("of_rain")
    yield total(present("T")).alias("sum_of_temperature")
    yield total(present("RR1")).alias("rain")
    yield F.array_min(present("T", "TN")).alias("minimum")
    yield F.array_max(present("T", "TX")).alias("maximum")


def _local(days: Days) -> Column:
    """The local time of a reading. That of an end marker is late enough to close each day whose hours have all passed.

    An end marker is no reading, so the window that contains its row has too few hours to become a report.
    """
    next_hour = F.from_utc_timestamp(F.timestamp_add("HOUR", F.lit(1), "time"), days.time_zone)
    closing = F.timestamp_add("HOUR", F.lit(days.late_hours), F.date_trunc("DAY", next_hour))
    return F.when(F.col("station_id").isNull(), closing).otherwise(F.from_utc_timestamp("time", days.time_zone))
