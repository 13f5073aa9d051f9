"""The features of a day, as streams: month ends, gaps, late and repeated reports."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from spark_app.rain import features
from tests.forecast.conftest import OpenFeed
from tests.forecast.streams import REPORT, Feed, Row, report

LATE = 7


def days(station: str, first: str, number: int, start: float = 0.0) -> list[Row]:
    """Reports of days on end; degrees count up by one, every third day is rainy."""
    begin = date.fromisoformat(first)
    return [
        report(station, (begin + timedelta(days=at)).isoformat(), start + at, int(at % 3 == 0)) for at in range(number)
    ]


def rain_dataset(reports: DataFrame) -> DataFrame:
    """The dataset of the rain model, as job `rain` writes it."""
    return features.days_with_features(reports, LATE).select(*features.RAIN_DATASET)


def known_features(reports: DataFrame) -> DataFrame:
    """The features of the coming days."""
    return features.known_before(reports, LATE).select("station_id", "date", *features.FEATURES)


@pytest.fixture
def dataset(open_feed: OpenFeed) -> Feed:
    return open_feed(rain_dataset)


def by_key(rows: list[Row]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(station, date) → (raining, FEATURES); a row that came twice fails."""
    found = {
        (row["station_id"], row["date"].isoformat()): (row["raining"], *(row[name] for name in features.FEATURES))
        for row in rows
    }
    assert len(found) == len(rows)
    return found


def test_the_schemas_are_those_that_models_are_trained_on(spark: SparkSession) -> None:
    reports = spark.createDataFrame([], REPORT)
    known = "month: int, sub1degrees: float, sub1raining: int, sub2degrees: float, sub2raining: int"
    wanted = {
        "features": (known_features, f"station_id: string, date: date, {known}"),
        "dataset": (rain_dataset, f"station_id: string, date: date, raining: int, {known}"),
    }
    for make, schema in wanted.values():
        assert str(make(reports)) == f"DataFrame[{schema}]"


def test_the_days_before_reach_over_months_years_and_the_leap_day(spark: SparkSession) -> None:
    cases = {
        ("2000-02-27", "2000-02-29"): 2,
        ("2000-02-28", "2000-03-01"): 3,
        ("2001-02-27", "2001-03-01"): 3,
        ("2000-12-30", "2001-01-01"): 1,
        ("2000-04-29", "2000-05-01"): 5,
    }
    rows = [tuple(row.values()) for first, _ in cases for row in days(f"from {first}", first, 3, start=20.0)]
    reports = spark.createDataFrame(rows, "station_id STRING, station STRING, day STRING, degrees DOUBLE, raining INT")
    reports = reports.selectExpr(
        "station_id", "station", "CAST(day AS TIMESTAMP) AS day", "degrees", "raining",
        "CAST(NULL AS DOUBLE) AS minimum", "CAST(NULL AS DOUBLE) AS maximum",
    )  # fmt: skip
    found = by_key([row.asDict() for row in rain_dataset(reports).collect()])
    assert found == {(f"from {first}", at): (0, month, 21.0, 0, 20.0, 1) for (first, at), month in cases.items()}


def test_a_missing_day_gives_no_row_for_itself_nor_for_the_two_after_it(dataset: Feed) -> None:
    rows = days("A", "2000-01-01", 8)
    found = by_key(dataset.send(rows[:3] + rows[4:]))
    assert set(found) == {("A", f"2000-01-0{number}") for number in (3, 7, 8)}


def test_repeated_reports_give_no_row_twice_whenever_they_come(dataset: Feed) -> None:
    rows = days("A", "2000-01-01", 4)
    found = dataset.send(rows + rows)
    found += dataset.send(rows[::-1])
    assert set(by_key(found)) == {("A", "2000-01-03"), ("A", "2000-01-04")}


def test_two_stations_with_different_starts_are_not_mixed(dataset: Feed) -> None:
    rows = days("A", "2000-01-01", 5) + days("B", "2000-01-04", 3, start=50.0)
    found = by_key(dataset.send(rows))
    assert set(found) == {("A", f"2000-01-0{n}") for n in (3, 4, 5)} | {("B", "2000-01-06")}
    assert found["B", "2000-01-06"] == (0, 1, 51.0, 0, 50.0, 1)


def test_a_late_report_completes_the_rows_that_waited_for_it(dataset: Feed) -> None:
    rows = days("A", "2000-01-01", 6)
    first = by_key(dataset.send(rows[:2] + rows[3:]))
    assert set(first) == {("A", "2000-01-06")}
    late = by_key(dataset.send([rows[2]]))
    assert set(late) == {("A", f"2000-01-0{n}") for n in (3, 4, 5)}


def test_a_report_older_than_the_watermark_is_left_out(dataset: Feed) -> None:
    rows = days("A", "2000-01-01", 40)
    dataset.send(rows[:2] + rows[3:])
    dataset.send([])
    assert dataset.send([rows[2]]) == []


def test_what_is_known_of_the_coming_day_appears_with_todays_report(open_feed: OpenFeed) -> None:
    feed = open_feed(known_features)
    rows = days("A", "2000-01-01", 3)
    assert feed.send(rows[:1]) == []
    assert [row["date"] for row in feed.send(rows[1:2])] == [date(2000, 1, 3)]
    assert [row["date"] for row in feed.send(rows[2:])] == [date(2000, 1, 4)]


def test_shuffled_within_the_watermark_all_is_as_pandas_says(dataset: Feed) -> None:
    rows = days("A", "2000-01-01", 60) + days("B", "2000-01-10", 50, start=30.0)
    order = random.Random(7)
    rows.sort(key=lambda row: date.fromisoformat(row["day"][:10]).toordinal() + order.uniform(0, LATE - 1))
    found: list[Row] = []
    for at in range(0, len(rows), 20):
        found += dataset.send(rows[at : at + 20])
    assert by_key(found) == expected(rows)


def expected(rows: list[Row]) -> dict[tuple[str, str], tuple[Any, ...]]:
    frame = pd.DataFrame(rows)
    frame["day"] = pd.to_datetime(frame["day"])
    wanted = frame
    for number in (1, 2):
        before = frame.assign(day=frame["day"] + pd.Timedelta(days=number))
        before = before.rename(columns={name: f"sub{number}{name}" for name in ("degrees", "raining")})
        wanted = wanted.merge(before, on=["station_id", "day"])
    wanted = wanted.assign(month=wanted["day"].dt.month, date=wanted["day"].dt.strftime("%Y-%m-%d"))
    columns = ["raining", *features.FEATURES]
    return {
        (str(row["station_id"]), str(row["date"])): tuple(row[name] for name in columns)
        for row in wanted.to_dict("records")
    }


def test_the_state_does_not_grow_with_the_days(dataset: Feed) -> None:
    rows = days("A", "2000-01-01", 250)
    kept = []
    for at in range(0, len(rows), 50):
        dataset.send(rows[at : at + 50])
        kept.append(dataset.rows_kept())
    assert max(kept[2:]) <= max(kept[:2]) < 200, "that is far less than all days, in each of seven places"
