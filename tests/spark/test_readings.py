"""What Spark makes of messages, good and bad."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from spark_app import meteo, readings
from spark_app.schema import message_schema
from weather.reading import FIELDS, MESSAGE_COLUMNS

KAFKA_COLUMNS = "key binary, value binary, topic string, partition int, offset bigint, timestamp timestamp"
GOOD: dict[str, Any] = {
    "NUM_POSTE": "29155005",
    "NOM_USUEL": "OUESSANT-STIFF",
    "LAT": 48.473333,
    "LON": -5.05667,
    "AAAAMMJJHH": "2014010321",
    "T": 9.1,
    "RR1": 0.0,
    "DRR1": 12,
    "FF": 21,
}


def to_lines(spark: SparkSession, *values: bytes | None) -> list[Row]:
    """The rows that the writer would get for these message values, in their order."""
    rows = [(b"k", value, "meteo", 1, offset, datetime(2026, 1, 1)) for offset, value in enumerate(values)]
    lines: list[Row] = meteo.to_lines(spark.createDataFrame(rows, KAFKA_COLUMNS)).collect()
    return lines


def line(spark: SparkSession, **changes: Any) -> str:
    row = to_lines(spark, json.dumps(GOOD | changes).encode())[0]
    assert row.rejected is None, row.rejected.reason
    return str(row.line)


def reason(spark: SparkSession, value: bytes | None) -> str:
    row = to_lines(spark, value)[0]
    assert row.line is None
    return str(row.rejected.reason)


def test_the_schema_has_every_column_of_a_message() -> None:
    assert set(MESSAGE_COLUMNS) < set(message_schema().names)


def test_a_reading_becomes_one_line_at_its_own_hour_with_floats_only(spark: SparkSession) -> None:
    seconds = int(datetime(2014, 1, 3, 21, tzinfo=UTC).timestamp())
    assert line(spark) == (
        "meteo,station=OUESSANT-STIFF,station_id=29155005 "
        "LAT=48.473333,LON=-5.05667,Temperature=9.1,Precipitations=0.0,Precipitations_dur=12.0,Wind_speed=21.0 "
        f"{seconds}"
    )


def test_every_field_is_renamed_from_its_own_source_column(spark: SparkSession) -> None:
    values = {field.source: float(number) for number, field in enumerate(FIELDS, start=1)}
    fields = dict(pair.split("=") for pair in line(spark, **values).split(" ")[1].split(","))
    assert fields == {field.name: str(values[field.source]) for field in FIELDS}


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("PTE DU RAZ", r"PTE\ DU\ RAZ"),
        ("PLOUMANAC'H", "PLOUMANAC'H"),
        ("BEG_MEIL", "BEG_MEIL"),
        ("A,B=C", r"A\,B\=C"),
        ("ÎLE D'YEU €", r"ÎLE\ D'YEU\ €"),
        ("a\\b", "a\\b"),
    ],
)
def test_a_station_name_is_escaped(spark: SparkSession, name: str, escaped: str) -> None:
    assert f"station={escaped},station_id=" in line(spark, NOM_USUEL=name)


def test_numbers_survive_in_full(spark: SparkSession) -> None:
    text = line(spark, T=-0.1, RR1=1e-7, PSTAT=1013.25)
    fields = dict(pair.split("=") for pair in text.split(" ")[1].split(","))
    assert [float(fields[n]) for n in ("Temperature", "Precipitations", "Pressure")] == [-0.1, 1e-7, 1013.25]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "empty"),
        (b"", "not a JSON object"),
        (b"not json at all", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"42", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"NUM_POSTE": "1", "NOM_USUEL": "A", "AAAAMMJJHH": "2014010100", "T": 1.0', "not a JSON object"),
        (b"\xff\xfe\x00garbage", "not a JSON object"),
        (json.dumps(GOOD | {"T": "warm"}).encode(), "not a JSON object"),
        (json.dumps(GOOD | {"T": {"value": 1}}).encode(), "not a JSON object"),
        (json.dumps(GOOD | {"T": math.nan}).encode(), "not a JSON object"),
        (json.dumps(GOOD).replace("9.1", "1e999").encode(), "not finite"),
        (json.dumps(GOOD | {"NUM_POSTE": ""}).encode(), "NUM_POSTE is missing"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "NUM_POSTE"}).encode(), "NUM_POSTE is missing"),
        (json.dumps(GOOD | {"NOM_USUEL": None}).encode(), "NOM_USUEL is missing"),
        (json.dumps(GOOD | {"NOM_USUEL": "A\nB"}).encode(), "control character"),
        (json.dumps(GOOD | {"NOM_USUEL": "A\\"}).encode(), "backslash"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "2014-01-03"}).encode(), "AAAAMMJJHH is not an hour"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "2014013199"}).encode(), "AAAAMMJJHH is not an hour"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "2014023000"}).encode(), "AAAAMMJJHH is not an hour"),
        (json.dumps({k: GOOD[k] for k in list(GOOD)[:5]}).encode(), "no measurement"),
    ],
)
def test_what_cannot_be_used_is_kept_as_received_with_its_reason(
    spark: SparkSession, value: bytes | None, words: str
) -> None:
    assert words in reason(spark, value)
    rejected = to_lines(spark, value)[0].rejected
    assert (rejected.value, rejected.topic, rejected.partition, rejected.offset) == (value, "meteo", 1, 0)


def test_bad_messages_do_not_disturb_good_ones(spark: SparkSession) -> None:
    good = json.dumps(GOOD).encode()
    rows = to_lines(spark, good, b"garbage", good)
    assert [row.line is not None for row in rows] == [True, False, True]


def test_a_leap_day_is_a_day(spark: SparkSession) -> None:
    seconds = int(datetime(2024, 2, 29, 23, tzinfo=UTC).timestamp())
    assert line(spark, AAAAMMJJHH="2024022923").endswith(f" {seconds}")


def test_unknown_columns_are_ignored(spark: SparkSession) -> None:
    assert line(spark, GLO=123, note="x") == line(spark)


def test_the_reason_column_is_null_for_a_good_message(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(b"k", json.dumps(GOOD).encode(), "t", 0, 0, datetime(2026, 1, 1))], KAFKA_COLUMNS)
    assert [row[readings.REASON] for row in readings.parse(frame).collect()] == [None]
