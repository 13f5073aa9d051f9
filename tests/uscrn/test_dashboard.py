"""Every query of the dashboard USCRN against a real InfluxDB, compared with what pandas finds in the sample."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from grafana import queries
from grafana.dashboards.uscrn import MAX_OUTLIERS
from testing.environment import ROOT
from testing.servers import InfluxDBServer
from tests.uscrn import expected
from tests.uscrn.sample_points import Month

BOARD = queries.load(ROOT / "grafana" / "provisioning" / "dashboards" / "json")["uscrn.json"]
QUERIES = {query.owner: query for query in queries.collect(BOARD)}
START, DAYS = pd.Timestamp("2018-01-01", tz="UTC"), 20
WINDOW = timedelta(hours=3)

Run = Callable[[str], list[dict[str, Any]]]


def shown(of: pd.DataFrame) -> pd.DataFrame:
    """Those within the dashboard's time range."""
    return of[(of.time >= START) & (of.time < START + timedelta(days=DAYS))]


@pytest.fixture(scope="module")
def month() -> Month:
    return Month()


@pytest.fixture(scope="module")
def run(influxdb_server: InfluxDBServer, month: Month) -> Iterator[Run]:
    """Runs Flux as Grafana does; rows without what belongs to no column."""
    with InfluxDBClient(influxdb_server.url, influxdb_server.admin_token, org=influxdb_server.org) as admin:
        admin.write_api(write_options=SYNCHRONOUS).write(
            influxdb_server.bucket, record=list(month.lines()), write_precision="s"
        )

    def rows(owner: str) -> list[dict[str, Any]]:
        stop = (START + timedelta(days=DAYS)).to_pydatetime()
        flux = queries.interpolate(
            QUERIES[owner].flux, start=START.to_pydatetime(), stop=stop, window=WINDOW,
            bucket=influxdb_server.bucket, variables={},
        )  # fmt: skip
        found = api.query(flux)
        return [{k: v for k, v in r.values.items() if k not in ("result", "table")} for t in found for r in t.records]

    with InfluxDBClient(influxdb_server.url, influxdb_server.read_token, org=influxdb_server.org) as client:
        api = client.query_api()
        yield rows


def windows(
    rows: pd.DataFrame, column: str, function: str, by: tuple[str, ...] = ("station",)
) -> dict[tuple[Any, ...], Any]:
    """Station (where there is one), start of the window → value."""
    values = rows.groupby([*by, rows.time.dt.floor(WINDOW)])[column].agg(function)
    return {key if isinstance(key, tuple) else (key,): pytest.approx(value) for key, value in values.items()}


def series(rows: list[dict[str, Any]], name: str, by: tuple[str, ...] = ("station",)) -> dict[tuple[Any, ...], Any]:
    assert {row["_field"] for row in rows} == {name}
    assert set(rows[0]) == {"_time", "_value", "_field", *by}, "Grafana takes what is left for labels"
    return {(*(row[label] for label in by), row["_time"]): row["_value"] for row in rows}


def test_the_charts(run: Run, month: Month) -> None:
    hours, hottest = shown(month.hours), shown(month.hottest)
    assert series(run("Hourly mean temperature"), "mean_temp") == windows(hours, "mean_temp", "mean")
    assert series(run("Readings per hour"), "count") == windows(hours, "readings", "mean")
    assert series(run("Highest temperature of each hour"), "max_temp", ()) == windows(hottest, "max_temp", "max", ())


def test_the_tiles(run: Run, month: Month) -> None:
    hours = shown(month.hours)
    wanted = {
        "Newest complete hour": hours.time.max().timestamp() * 1000,
        "5-minute stations": 3,
        "Share of valid readings": hours.readings.mean() / 12,
        "Outliers": len(shown(month.outliers)),
        "Highest temperature": shown(month.hottest).max_temp.max(),
    }
    tiles = {query.owner for query in QUERIES.values() if query.kind == "stat"}
    assert {tile: [row["_value"] for row in run(tile)] for tile in tiles if tile != "Outliers"} == {
        name: [pytest.approx(value)] for name, value in wanted.items() if name != "Outliers"
    }
    assert run("Outliers") == [{"_value": wanted["Outliers"]}]


def test_the_hottest_stations_have_a_lane_each(run: Run, month: Month) -> None:
    hottest = shown(month.hottest).sort_values("time")
    found = run("Hottest station of each hour")
    assert {name for row in found for name in row} == {"_time", *hottest.station}
    held = [{name: value for name, value in row.items() if value is not None} for row in found]
    assert held == [{"_time": r["time"], r["station"]: r["max_temp"]} for r in expected.records(hottest)]


def test_the_map(run: Run, month: Month) -> None:
    newest = shown(month.hours).sort_values("time").groupby("station").last()
    assert {
        row["station"]: (row["LAT"], row["LON"], row["mean_temp"], row["count"]) for row in run("Newest hourly mean")
    } == {
        name: (*month.places.loc[row.id], pytest.approx(row.mean_temp), row.readings) for name, row in newest.iterrows()
    }


def test_the_table_and_the_events_of_outliers(run: Run, month: Month) -> None:
    outliers = shown(month.outliers).sort_values(["time", "station"], ascending=False)
    assert 20 < len(outliers) < MAX_OUTLIERS and outliers.kind.nunique() >= 3
    rows = expected.records(outliers)
    wanted = [(row["time"], row["station"], row["kind"], row["temp"]) for row in rows]
    assert [(r["_time"], r["name"], r["kind"], r["reading"]) for r in run("Outliers, newest first")] == wanted
    first: dict[tuple[str, str, pd.Timestamp], pd.Timestamp] = {}
    for row in (row for row in reversed(rows) if row["kind"] != "missing"):
        first.setdefault((row["station"], row["kind"], row["time"].floor("1D")), row["time"])
    events = [query for query in QUERIES.values() if query.kind == "annotation"]
    assert [query.owner for query in events] == ["Outlier events"]
    assert {(row["_time"], row["text"]) for row in run("Outlier events")} == {
        (time, f"{kind}: {station}") for (station, kind, _), time in first.items()
    }


def test_every_query_is_compared() -> None:
    with open(__file__, encoding="utf-8") as source:  # noqa: PTH123
        named = set(re.findall(r'"([^"\n]+)"', source.read()))
    assert set(QUERIES) <= named
