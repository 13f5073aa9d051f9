"""The shape of a Kafka message as Spark reads it, derived from the vocabulary in `weather.reading`."""

from __future__ import annotations

from pyspark.sql.types import DoubleType, StringType, StructField, StructType

from weather.reading import FIELDS, HOUR, STATION_ID, STATION_NAME

CORRUPT = "_corrupt_record"

TEXT_COLUMNS = (STATION_ID, STATION_NAME, HOUR)


def message_schema() -> StructType:
    """Text for the station and the hour, double for each number, and the raw text of what does not parse."""
    columns = [StructField(name, StringType()) for name in TEXT_COLUMNS]
    columns += [StructField(field.source, DoubleType()) for field in FIELDS]
    return StructType([*columns, StructField(CORRUPT, StringType())])
