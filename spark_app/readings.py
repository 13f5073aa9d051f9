"""Kafka records → readings under the store's names, each with the reason where it cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_app.schema import CORRUPT, message_schema
from weather.reading import FIELDS, HOUR, MEASURED, STATION_ID, STATION_NAME, TAGS

REASON = "reason"
TIME = "time"
UNUSABLE_IN_A_TAG = r"[\x00-\x1f\x7f]|\\$"


def parse(records: DataFrame) -> DataFrame:
    """Kafka's columns plus tags, `time`, one double column per field, and `reason` (null = can be used).

    Needs the session's time zone to be UTC: `AAAAMMJJHH` is UTC.
    """
    options = {"columnNameOfCorruptRecord": CORRUPT, "allowNonNumericNumbers": "false"}
    parsed = records.withColumn("message", F.from_json(F.col("value").cast("string"), message_schema(), options))
    columns = {TIME: F.try_to_timestamp(F.col(f"message.{HOUR}"), F.lit("yyyyMMddHH"))}
    columns |= {tag: F.trim(F.col(f"message.{source}")) for tag, source in TAGS.items()}
    columns |= {field.name: F.col(f"message.{field.source}") for field in FIELDS}
    return parsed.withColumns(columns).withColumn(REASON, _reason()).drop("message")


def _reason() -> Column:
    """The first thing that is wrong with a record, in words; null where nothing is."""
    return F.coalesce(*(F.when(condition, F.lit(words)) for words, condition in checks().items()))


def checks() -> dict[str, Column]:
    """Why a record cannot be used → when that is so, in the order of asking."""
    return {
        "the message is empty": F.col("value").isNull(),
        "not a JSON object with the columns and types of a reading": (
            F.col("message").isNull() | F.col(f"message.{CORRUPT}").isNotNull()
        ),
        f"{STATION_ID} is missing": F.coalesce(F.col("station_id"), F.lit("")) == "",
        f"{STATION_NAME} is missing": F.coalesce(F.col("station"), F.lit("")) == "",
        f"{STATION_ID} or {STATION_NAME} holds a control character or ends in a backslash": (
            F.col("station_id").rlike(UNUSABLE_IN_A_TAG) | F.col("station").rlike(UNUSABLE_IN_A_TAG)
        ),
        f"{HOUR} is not an hour written as YYYYMMDDHH": (
            F.col(TIME).isNull() | ~F.col(f"message.{HOUR}").rlike(r"^[0-9]{10}$")
        ),
        "a number is not finite": _any(F.abs(F.col(f.name)) == float("inf") for f in FIELDS),
        "no measurement": ~_any(F.col(f.name).isNotNull() for f in MEASURED),
    }


def _any(conditions: Iterable[Column]) -> Column:
    """Whether one of the conditions holds; an unknown one does not."""
    return reduce(lambda a, b: a | b, (F.coalesce(condition, F.lit(False)) for condition in conditions))
