"""Days made of hours: the shipped month, late hours as they really came, the days of the time zone."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_app.daily.job import daily_reports, hours
from testing.environment import ROOT
from testing.running_stack import RunningStack
from tests.forecast.conftest import OpenFeed
from tests.forecast.streams import Row
from weather.settings.forecast import Days

PARIS = Days("Europe/Paris", 20, 3, 10)
HOURS = (
    "station_id STRING, station STRING, time TIMESTAMP, version BIGINT, T DOUBLE, TN DOUBLE, TX DOUBLE, RR1 DOUBLE, "
    "LAT DOUBLE, LON DOUBLE"
)
MONTH = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
ARRIVALS = ROOT / "tests" / "data" / "radome_arrivals.csv.gz"


def hour(station: str, time: datetime, temperature: float | None = 5.0, rain: float | None = 0.0) -> Row:
    row = {
        "station_id": station,
        "station": station,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "T": temperature,
        "RR1": rain,
    }
    return {name: value for name, value in row.items() if value is not None}


def day_of(station: str, first: datetime, number: int = 24, **values: Any) -> list[Row]:
    return [hour(station, first + timedelta(hours=at), **values) for at in range(number)]


def month() -> pd.DataFrame:
    """The shipped month, as the streamer sends it."""
    columns = ["NOM_USUEL", "AAAAMMJJHH", "T", "TN", "TX", "RR1"]
    rows = pd.read_csv(MONTH, sep=";", usecols=columns, dtype={"AAAAMMJJHH": str})
    rows["RR1"] = rows["RR1"].replace(-0.1, 0.0)
    return rows.rename(columns={"NOM_USUEL": "station"})


def expected(rows: pd.DataFrame, zone: str) -> dict[tuple[str, str], tuple[float, int, float, float]]:
    time = pd.to_datetime(rows["AAAAMMJJHH"], format="%Y%m%d%H", utc=True).dt.tz_convert(zone)
    by_day = rows.assign(date=time.dt.strftime("%Y-%m-%d")).groupby(["station", "date"])
    found = by_day.agg(t=("T", "count"), r=("RR1", "count"), degrees=("T", "mean"), rain=("RR1", "sum"))
    found["low"] = by_day[["T", "TN"]].min().min(axis=1)
    found["high"] = by_day[["T", "TX"]].max().max(axis=1)
    whole = found[(found.t >= PARIS.min_hours) & (found.r >= PARIS.min_hours)]
    return {
        (str(row["station"]), str(row["date"])):
        (row["degrees"], int(round(row["rain"], 3) > 0.2), row["low"], row["high"])
        for row in whole.reset_index().to_dict("records")
    }  # fmt: skip


def days_counted(stack: RunningStack) -> dict[str, int]:
    """Station → the number of days in its newest statistics in the store of a running stack."""
    found = stack.values("station_stats", "measurements")
    if found.empty:  # the statistics come after the readings
        return {}
    newest = found.sort_values("_time").groupby("station").tail(1)
    return dict(zip(newest.station, newest.measurements.astype(int), strict=True))


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Martinique", "UTC"])
def test_the_days_of_the_shipped_month_are_those_of_pandas(spark: SparkSession, zone: str) -> None:
    rows = month()
    messages = [(json.dumps({"NUM_POSTE": row["station"], "NOM_USUEL": row.pop("station"), **row}).encode(),) for row in
                (one.dropna().to_dict() for _, one in rows.iterrows())]  # fmt: skip
    records = spark.createDataFrame([*messages, (b"no json",), (None,)], "value BINARY")
    records = records.withColumn("key", F.lit(b"station")).withColumn("offset", F.monotonically_increasing_id())
    made = daily_reports(hours(records), Days(zone, PARIS.min_hours, 3, 10)).collect()
    found = {(row.station, row.date): (row.degrees, row.raining, row.minimum, row.maximum) for row in made}
    wanted = expected(rows, zone)
    assert found.keys() == wanted.keys() and len(found) == len(made) > 1300
    for key, values in wanted.items():
        assert found[key] == pytest.approx(values, abs=1e-9)


def test_a_day_is_closed_when_an_hour_after_its_lateness_comes_and_only_once(open_feed: OpenFeed) -> None:
    feed = open_feed(lambda rows: daily_reports(rows, PARIS), HOURS)
    midnight = datetime(2014, 1, 9, 23, tzinfo=UTC)  # in Paris
    day = day_of("A", midnight)
    assert feed.send(day[:23]) == []
    assert feed.send([*day[23:], hour("B", midnight + timedelta(hours=26))]) == []
    late = day_of("A", midnight + timedelta(hours=5), 1, temperature=99.0)
    assert feed.send(late) == []
    (closed,) = feed.send([hour("B", midnight + timedelta(hours=27, minutes=1))])
    assert (closed["station"], closed["date"], closed["raining"]) == ("A", "2014-01-10", 0)
    assert closed["degrees"] == pytest.approx((23 * 5.0 + 99.0) / 24)
    assert feed.send(day) == []


@pytest.mark.parametrize(
    ("zone", "last", "closed"),
    [
        ("Europe/Paris", "2014-01-31T23:00:00Z", "2014-01-31"),
        ("Europe/Paris", "2014-01-31T22:00:00Z", "2014-01-31"),
        ("Europe/Paris", "2014-01-31T21:00:00Z", "2014-01-30"),
        ("UTC", "2014-01-31T23:00:00Z", "2014-01-31"),
        ("Asia/Kolkata", "2014-01-31T17:00:00Z", "2014-01-30"),
    ],
)
def test_the_end_of_the_stream_closes_the_last_day_that_is_over_and_no_later_one(
    open_feed: OpenFeed, zone: str, last: str, closed: str
) -> None:
    days = Days(zone, PARIS.min_hours, PARIS.late_hours, 10)
    feed = open_feed(lambda rows: daily_reports(rows, days), HOURS)
    end = datetime.fromisoformat(last)
    found = feed.send(day_of("A", end - timedelta(hours=71), 72))
    assert max(row["date"] for row in found) < "2014-01-31"
    found += feed.send([{"time": last}])
    assert max(row["date"] for row in found) == closed
    assert len({row["date"] for row in found}) == len(found) and {row["station"] for row in found} == {"A"}
    going_on = feed.send(day_of("A", end + timedelta(hours=1), 48))
    assert min(row["date"] for row in going_on) == str(datetime.fromisoformat(closed) + timedelta(days=1))[:10]


def test_the_newest_version_of_an_hour_counts_until_the_day_is_closed(open_feed: OpenFeed) -> None:
    feed = open_feed(lambda readings: daily_reports(readings, PARIS), HOURS)
    first = datetime(2014, 1, 9, 23, tzinfo=UTC)
    day = [row | {"version": at} for at, row in enumerate(day_of("A", first))]
    corrected = hour("A", first, 29.0, rain=1.0) | {"version": 100}
    withdrawn = {"station_id": "A", "station": "A", "time": day[5]["time"], "version": 101}
    feed.send([*day, corrected, hour("A", first, -99.0) | {"version": 50}, withdrawn])
    [closed] = feed.send(day_of("A", first + timedelta(days=1), 4))
    assert closed["degrees"] == pytest.approx((22 * 5.0 + 29.0) / 23) and closed["raining"] == 1
    assert (closed["minimum"], closed["maximum"]) == (5.0, 29.0)
    feed.send([hour("A", first, 50.0) | {"version": 200}])
    assert feed.rows_too_late() == 1


def test_two_stations_of_one_name_are_two_and_a_renamed_one_is_one(open_feed: OpenFeed) -> None:
    feed = open_feed(lambda readings: daily_reports(readings, PARIS), HOURS)
    first = datetime(2014, 1, 9, 23, tzinfo=UTC)
    rows = [
        row | {"station_id": number, "station": "ST MARTIN"}
        for number, degrees in (("31000001", 1.0), ("09000001", 9.0))
        for row in day_of("x", first, temperature=degrees)
    ]
    renamed = [row | {"station_id": "31000002"} for row in day_of("OLD", first, 12) + day_of("NEW", first, 24)[12:]]
    feed.send(rows + renamed)
    found = feed.send(day_of("x", first + timedelta(days=1), 4))
    assert {(row["station_id"], row["station"], row["degrees"]) for row in found} == {
        ("31000001", "ST MARTIN", 1.0), ("09000001", "ST MARTIN", 9.0), ("31000002", "NEW", 5.0),
    }  # fmt: skip


def test_too_few_hours_make_no_day_and_two_tenths_of_a_millimetre_no_rain(spark: SparkSession) -> None:
    first = datetime(2014, 1, 9, 23, tzinfo=UTC)
    rows = day_of("short", first, 19) + day_of("dry", first, 20, rain=0.01) + day_of("wet", first, 20, rain=0.011)
    rows += day_of("no gauge", first, 24, rain=None) + day_of("no thermometer", first, 24, temperature=None)
    wanted = {("dry", 0), ("wet", 1)}
    names = ("station_id", "station", "time", "version", "T", "TN", "TX", "RR1", "LAT", "LON")
    columns = HOURS.replace("TIMESTAMP", "STRING")
    frame = spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], columns)
    frame = frame.withColumn("time", F.to_timestamp("time"))
    assert {(row.station, row.raining) for row in daily_reports(frame, PARIS).collect()} == wanted


def test_an_hour_that_cannot_be_stored_is_left_out_and_makes_no_other_hour_late(spark: SparkSession) -> None:
    rows = [("A", "2014010100"), ("A", "9999123123"), ("A", "1677092100"), ("A", "2262041123"), ("A", "no hour")]
    values = [
        (json.dumps({"NUM_POSTE": name, "NOM_USUEL": name, "AAAAMMJJHH": hour, "T": 1.0}), at)
        for at, (name, hour) in enumerate(rows)
    ]
    records = spark.createDataFrame(values, "value STRING, offset BIGINT").withColumn("key", F.lit(b"A"))
    kept = hours(records).select(F.date_format("time", "yyyyMMddHH")).collect()
    assert sorted(row[0] for row in kept) == ["2014010100", "2262041123"]


def arrivals() -> list[tuple[datetime, str, datetime]]:
    """(when it arrived, station, hour) of real observations, in the order of their arrival."""
    with gzip.open(ARRIVALS, "rt") as file:
        rows = list(csv.DictReader(file))
    parse = datetime.fromisoformat
    return sorted((parse(row["date_insert"] + "+00:00"), row["station"], parse(row["date"] + "+00:00")) for row in rows)


def test_with_the_real_arrival_times_each_day_comes_once_made_of_all_hours_that_came_in_time(
    open_feed: OpenFeed,
) -> None:
    """The archive is sent a day of arrivals at a time; hours of a day that was closed before are late."""
    rows = pd.DataFrame(arrivals(), columns=["arrived", "station", "time"])
    rows = rows[rows.time < rows.time.min().replace(hour=23) + timedelta(days=7)].reset_index(drop=True)
    rows["temperature"] = (rows.index % 40).astype(float)
    assert not rows.duplicated(["station", "time"]).any()
    feed = open_feed(lambda hours: daily_reports(hours, Days("Europe/Paris", 1, PARIS.late_hours, 10)), HOURS)
    found: list[Row] = []
    newest, in_time = rows.time.min(), []
    for _, batch in rows.groupby(rows.arrived.dt.floor("D")):
        found += feed.send([hour(row.station, row.time, row.temperature) for row in batch.itertuples()])
        local = batch.time.dt.tz_convert("Europe/Paris").dt.tz_localize(None)
        seen = pd.Timestamp(newest).tz_convert("Europe/Paris").tz_localize(None)
        in_time.append(local.dt.floor("D") + pd.Timedelta(days=1) > seen - pd.Timedelta(hours=PARIS.late_hours))
        newest = max(newest, batch.time.max())
    found += feed.send([hour("end", newest + timedelta(days=9))])

    kept = rows[pd.concat(in_time)]
    assert len(rows) - len(kept) < 0.1 * len(rows)
    date = kept.time.dt.tz_convert("Europe/Paris").dt.strftime("%Y-%m-%d").rename("date")
    wanted = kept.groupby(["station", date]).temperature.mean().to_dict()
    assert {(row["station"], row["date"]): row["degrees"] for row in found} == pytest.approx(wanted, abs=1e-9)
    assert len(found) == len(wanted), "no day comes twice"
