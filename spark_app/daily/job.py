"""The job `daily`: hourly readings → daily reports in topic `daily`, one per station and day of the data's time zone.

An hour belongs to the local day that contains it. A day's report is published once: when a reading arrives that lies
DAILY_LATE_HOURS after the day's end, or when the stream ends. Later hours of that day are not in the report, but they
are in the store.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from spark_app.context import Context
from spark_app.daily.report_stream import each_batch
from spark_app.influxdb.results import Results
from spark_app.kafka.source import is_end_marker, read
from spark_app.kafka.topics import ensure_topics
from weather import settings
from weather.daily import PLACE, RAINY_FROM
from weather.limits import FIRST_SECOND, LAST_SECOND
from weather.reading import HOUR, STATION_NAME
from weather.settings.forecast import Days
from weather.topics import DAILY, PARTITIONS

QUERY = "daily"
MADE_OF = ("T", "TN", "TX", "RR1", *PLACE)
"""The columns of a reading from which a day is computed."""
READING = ", ".join([f"{STATION_NAME} STRING, {HOUR} STRING", *(f"{name} DOUBLE" for name in MADE_OF)])


def topics(variables: settings.Variables) -> list[str]:
    """The topic of the readings."""
    return [settings.Kafka.load(variables).topic]


def start(context: Context) -> list[StreamingQuery]:
    """Start the query. A day that is published again after a crash is the same report and counts once."""
    days = Days.load(context.variables)
    ensure_topics(context.kafka, {DAILY: PARTITIONS[DAILY]})
    reports = daily_reports(hours(read(context, context.kafka.topic)), days)
    publish = Results(QUERY, context, topic=DAILY, key="station")
    topic, seconds = context.kafka.topic, days.every_seconds
    return [each_batch(context, reports, QUERY, topic, seconds, publish, emits_by_watermark=True)]


def hours(records: DataFrame) -> DataFrame:
    """Kafka records of readings → `station`, `time` and the measured columns.

    The end marker of a stream becomes a row without a station, at the newest hour. Invalid records are left out: job
    `meteo` sends them to the dead-letter topic.
    """
    reading = F.from_json(F.col("value").cast("string"), READING)
    columns = records.select(reading.alias("reading"), is_end_marker().alias("is_end")).select("reading.*", "is_end")
    time = F.try_to_timestamp(HOUR, F.lit("yyyyMMddHH"))
    storable = time.between(F.timestamp_seconds(F.lit(FIRST_SECOND)), F.timestamp_seconds(F.lit(LAST_SECOND)))
    station = F.when(~F.col("is_end"), F.trim(STATION_NAME))
    named = columns.withColumn("station", station).withColumn("time", F.when(storable, time))
    return named.where("time IS NOT NULL AND (station <> '' OR is_end)").select("station", "time", *MADE_OF)


def daily_reports(readings: DataFrame, days: Days) -> DataFrame:
    """Days with enough hours: `station`, `date`, mean `degrees`, `raining` (0 or 1), `minimum`, `maximum`, PLACE."""
    local = readings.withColumn("local", _local(days))
    each_once = local.withWatermark("local", f"{days.late_hours} hours").dropDuplicates(["station", "time", "local"])
    whole = each_once.groupBy(F.window("local", "1 day"), "station").agg(
        F.avg("T").alias("degrees"),
        F.count("T").alias("of_temperature"),
        F.count("RR1").alias("of_rain"),
        F.sum("RR1").alias("rain"),
        F.min(F.least("T", "TN")).alias("minimum"),
        F.max(F.greatest("T", "TX")).alias("maximum"),
        *(F.max_by(name, "time").alias(name) for name in PLACE),
    )
    enough = whole.where(F.least("of_temperature", "of_rain") >= days.min_hours)
    return enough.select(
        "station",
        F.date_format("window.start", "yyyy-MM-dd").alias("date"),
        "degrees",
        # Sums of tenths have floating-point errors.
        (F.round("rain", 3) > RAINY_FROM).cast("int").alias("raining"),
        "minimum",
        "maximum",
        *PLACE,
    )


def _local(days: Days) -> Column:
    """The local time of a reading. That of an end marker is late enough to close each day whose hours have all passed.

    An end marker is no reading, so the window that contains its row has too few hours to become a report.
    """
    next_hour = F.from_utc_timestamp(F.timestamp_add("HOUR", F.lit(1), "time"), days.time_zone)
    closing = F.timestamp_add("HOUR", F.lit(days.late_hours), F.date_trunc("DAY", next_hour))
    return F.when(F.col("station").isNull(), closing).otherwise(F.from_utc_timestamp("time", days.time_zone))
