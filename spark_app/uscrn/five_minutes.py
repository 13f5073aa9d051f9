"""Kafka records of USCRN's 5-minute rows → the columns that the job `uscrn` reads, or why a record is invalid.

Times become minutes since 1970 by date arithmetic, so that the time zone of the session has no effect.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DoubleType, LongType, StringType, StructField, StructType

from weather import uscrn

SPARK_TYPES: dict[object, DataType] = {
    int: LongType(), float: DoubleType(), str: StringType(), uscrn.DATE: StringType(), uscrn.TIME: StringType()
}  # fmt: skip
SCHEMA = StructType(
    [
        *(StructField(column.name, SPARK_TYPES[column.type]) for column in uscrn.COLUMNS),
        StructField(uscrn.SOURCE_FILE, StringType()),
    ]
)
"""A message of topic `InputData` or `Partitioned`, in Spark's types."""

READ = (
    uscrn.STATION, uscrn.UTC_DATE, uscrn.UTC_TIME, uscrn.LOCAL_DATE, uscrn.LOCAL_TIME, uscrn.LONGITUDE,
    uscrn.LATITUDE, uscrn.TEMPERATURE, uscrn.SOURCE_FILE,
)  # fmt: skip
"""The fields that the job reads. The others are not parsed."""

MAX_UTC_OFFSET_HOURS = 14
MINUTES_AHEAD = 24 * 60
"""A reading may be this far ahead of Kafka's timestamp, because clocks differ. A reading that is years ahead would make
all later readings late."""


def typed(records: DataFrame) -> DataFrame:
    """Kafka records, with headers → the columns that the job reads.

    They are station, minute, temperature, source_file, latitude, longitude, last, stations, stream, partition, offset
    and reason, which is null if the record is valid.
    """
    message = F.from_json(F.col("value").cast("string"), StructType([SCHEMA[name] for name in READ]))
    parsed = records.withColumn("message", message).select("*", "message.*")
    local, utc = _minute(uscrn.LOCAL_DATE, uscrn.LOCAL_TIME), _minute(uscrn.UTC_DATE, uscrn.UTC_TIME)
    is_last = F.exists("headers", lambda header: header["key"] == uscrn.HEADER_LAST)
    stations = _header(uscrn.HEADER_STATIONS)
    received = F.unix_timestamp("timestamp") / 60
    return parsed.withColumns({"minute": local, "utc_minute": utc, "received": received}).select(
        F.col(uscrn.STATION).alias("station"),
        "minute",
        F.col(uscrn.TEMPERATURE).alias("temperature"),
        F.coalesce(F.col(uscrn.SOURCE_FILE), F.lit("")).alias("source_file"),
        F.col(uscrn.LATITUDE).alias("latitude"),
        F.col(uscrn.LONGITUDE).alias("longitude"),
        F.coalesce(is_last & F.col(uscrn.STATION).isNotNull(), F.lit(False)).alias("last"),
        F.when(stations.rlike(r"^\d{1,9}( \d{1,9})*$"), stations).alias("stations"),
        F.coalesce(_header(uscrn.HEADER_STREAM), F.lit("")).alias("stream"),
        "partition",
        "offset",
        _reason().alias("reason"),
    )


def _minute(date: str, time: str) -> Column:
    """Minutes since 1970; null if date or time is invalid. A time without its leading zeros, `5`, is `0005`."""
    clock = F.lpad(time, 4, "0")
    hours, minutes = (F.expr(f"try_cast(substr(lpad({time}, 4, '0'), {at}, 2) as int)") for at in (1, 3))
    days = F.expr(f"unix_date(cast(try_to_timestamp({date}, 'yyyyMMdd') as date))")
    is_time = clock.rlike(r"^([01]\d|2[0-3])[0-5]\d$")
    return F.when(is_time, days.cast("long") * 1440 + hours * 60 + minutes)


def _reason() -> Column:
    """Why a record is invalid, in a few words that can be counted; null if it is valid."""
    apart = F.abs(F.col("minute") - F.col("utc_minute"))
    problems = (
        (F.col(uscrn.STATION).isNull(), f"not a JSON object with a number {uscrn.STATION}"),
        (F.col("minute").isNull(), f"{uscrn.LOCAL_DATE} and {uscrn.LOCAL_TIME} are not a valid time"),
        (F.col("minute") % uscrn.EVERY_MINUTES != 0, f"{uscrn.LOCAL_TIME} is not a multiple of 5 minutes"),
        (F.col("utc_minute").isNull(), f"{uscrn.UTC_DATE} and {uscrn.UTC_TIME} are not a valid time"),
        (F.col("utc_minute") < 0, "the time is before 1970"),
        (F.col("utc_minute") > F.col("received") + MINUTES_AHEAD, "the time is in the future"),
        (apart > MAX_UTC_OFFSET_HOURS * 60, "UTC and local time are too far apart"),
        (F.col(uscrn.TEMPERATURE).isNull() | F.isnan(uscrn.TEMPERATURE), f"{uscrn.TEMPERATURE} is not a number"),
    )
    reason = F.lit(None).cast("string")
    for is_so, words in reversed(problems):
        reason = F.when(is_so, F.lit(words)).otherwise(reason)
    return reason


def _header(name: str) -> Column:
    """The first header with this name, as text. Invalid UTF-8 becomes U+FFFD, because Arrow fails on it."""
    return F.expr(f"make_valid_utf8(cast(get(filter(headers, header -> header.key = '{name}'), 0).value as string))")
