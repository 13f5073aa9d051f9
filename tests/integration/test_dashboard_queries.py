"""Every query of every dashboard, run against a real InfluxDB that holds the shipped month, compared with pandas.

A panel or variable without an entry in EXPECTED fails: a new one needs its meaning written down here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from grafana import queries
from weather.reading import FIELDS, HOUR, HOUR_FORMAT, MEASURED, MEASUREMENT, PLACE, STATION_ID, STATION_NAME

ROOT = Path(queries.__file__).parents[1]
NAMES = [field.name for field in FIELDS]
AVERAGED = ["Temperature", "T_min", "T_max", "Wind_speed", "Humidity_min", "Humidity_max", "Pressure", "Visibility"]

QUERIES: dict[tuple[str, str], list[queries.Query]] = {}
for _board in queries.load(ROOT / "grafana" / "provisioning" / "dashboards" / "json").values():
    for _query in queries.collect(_board):
        QUERIES.setdefault((_query.dashboard, _query.owner), []).append(_query)

Run = Callable[[str], list[list[dict[str, Any]]]]
Cells = dict[tuple[Any, ...], Any]
"""What a panel shows: (column,), (station, column) or (station, field, time) → value; see queries.cells."""


@dataclass(frozen=True)
class Choice:
    """What the viewer chose: a time range and stations (None is all), and the window that Grafana derives."""

    start: str
    days: int
    window: timedelta
    stations: tuple[str, ...] | None = None

    def flux(self, query: str, bucket: str) -> str:
        """The query as Grafana would send it for this choice."""
        start = pd.Timestamp(self.start, tz="UTC").to_pydatetime()
        stop = start + timedelta(days=self.days)
        chosen = {"station": queries.AllValue(".*") if self.stations is None else self.stations}
        return queries.interpolate(query, start=start, stop=stop, window=self.window, bucket=bucket, variables=chosen)


HOURLY = timedelta(hours=1)
CHOICES = {
    "one station": Choice("2014-01-01", 31, HOURLY, ("BREST-GUIPAVAS",)),
    "a station that measures wind alone": Choice("2014-01-30", 2, HOURLY, ("BEG_MEIL",)),
    "several stations": Choice("2014-01-10", 3, timedelta(hours=3), ("PLOUMANAC'H", "ILE DE GROIX", "BATZ")),
    "all stations": Choice("2014-01-01", 31, timedelta(hours=2)),
    "a week before all readings": Choice("2013-12-25", 7, HOURLY),
    "a station of an awkward name": Choice("2014-01-01", 31, HOURLY, ("ST/A.B (C) [D] $1|",)),
}


class View:
    """The readings behind a choice: of the chosen stations, and of every station."""

    def __init__(self, month: pd.DataFrame, choice: Choice) -> None:
        start = pd.Timestamp(choice.start, tz="UTC")
        self.month, self.window = month, choice.window
        self.everywhere = month[(month.time >= start) & (month.time < start + timedelta(days=choice.days))]
        self.chosen = self.everywhere
        if choice.stations is not None:
            self.chosen = self.everywhere[self.everywhere.station.isin(choice.stations)]


Meaning = Callable[[View], Cells]


def table(rows: pd.DataFrame) -> Cells:
    """The cells of a frame indexed by station."""
    rows = rows.rename_axis("station")
    return {(at, name): value for at, row in rows.to_dict("index").items() for name, value in row.items()}


def single_row(columns: Mapping[str, Any]) -> Cells:
    return {(name,): value for name, value in columns.items()}


def count(of: Callable[[pd.DataFrame], int]) -> Meaning:
    """A whole number, or nothing at all where there is nothing to count."""
    return lambda view: single_row({"_value": of(view.chosen) or None})


def averages(view: View) -> Cells:
    rain = view.chosen["Precipitations"].sum(min_count=1)
    return single_row({**view.chosen[AVERAGED].mean(), "Precipitations": rain})


def averages_per_station(view: View) -> Cells:
    groups = view.chosen.groupby("station")
    return table(groups[AVERAGED].mean().assign(Precipitations=groups["Precipitations"].sum(min_count=1)))


def latest(view: View) -> Cells:
    newest = view.chosen.sort_values("time").groupby("station").tail(1).set_index("station")
    return table(newest.rename(columns={"time": "_time"})[["_time", *(field.name for field in MEASURED)]])


def on_map(name: str, function: str, *, only_measuring: bool) -> Meaning:
    """Each station's place and its own value of one field, whatever stations are chosen."""

    def meaning(view: View) -> Cells:
        groups = view.everywhere.sort_values("time").groupby("station")
        places = groups[[field.name for field in PLACE]].last().assign(**{name: groups[name].agg(function)})
        return table(places.dropna(subset=[name]) if only_measuring else places)

    return meaning


def trend(**functions: str) -> Meaning:
    """Each station's windows of some fields, each window standing at its start."""

    def meaning(view: View) -> Cells:
        by = ["station", view.chosen.time.dt.floor(view.window)]
        series = {name: view.chosen.groupby(by)[name] for name in functions}
        values = {name: series[name].agg(function) for name, function in functions.items()}
        kept = {name: values[name][series[name].count() > 0] for name in functions}
        rows = ((name, *row) for name in kept for row in kept[name].reset_index().itertuples(index=False, name=None))
        return {(station, name, time): value for name, station, time, value in rows}

    return meaning


EXPECTED: dict[tuple[str, str], Meaning] = {
    ("meteo", "Readings"): count(len),
    ("meteo", "Stations"): count(lambda rows: rows.station.nunique()),
    ("meteo", "Averages"): averages,
    ("meteo", "Last temperature per station"): on_map("Temperature", "last", only_measuring=False),
    ("meteo", "Average minimum temperature per station"): on_map("T_min", "mean", only_measuring=True),
    ("meteo", "Average maximum temperature per station"): on_map("T_max", "mean", only_measuring=True),
    ("meteo", "Temperature"): trend(Temperature="mean"),
    ("meteo", "Minimum and maximum temperature"): trend(T_min="min", T_max="max"),
    ("meteo", "Rain"): trend(Precipitations="sum"),
    ("meteo", "Wind speed"): trend(Wind_speed="mean"),
    ("meteo", "Humidity"): trend(Humidity_min="min", Humidity_max="max"),
    ("meteo", "Pressure"): trend(Pressure="mean"),
    ("meteo", "Averages per station"): averages_per_station,
    ("meteo", "Latest readings"): latest,
    ("meteo", "station"): lambda view: single_row({name: name for name in view.month.station.unique()}),
}


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    """The shipped file as the store should hold it: one row per station and hour that measured anything."""
    file = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
    rows = pd.read_csv(file, sep=";", dtype={STATION_ID: str, HOUR: str})
    rows = rows.dropna(how="all", subset=[field.source for field in MEASURED])
    rows["RR1"] = rows["RR1"].replace(-0.1, 0.0)
    rows["time"] = pd.to_datetime(rows[HOUR], format=HOUR_FORMAT, utc=True)
    names = {STATION_NAME: "station", STATION_ID: "station_id"} | {field.source: field.name for field in FIELDS}
    return rows.rename(columns=names)[["station", "station_id", "time", *NAMES]].astype(dict.fromkeys(NAMES, float))


def line_protocol(rows: pd.DataFrame) -> Iterator[str]:
    """Each row as one line, missing values left out."""
    for row in rows.to_dict("records"):
        fields = ",".join(f"{name}={row[name]!r}" for name in NAMES if row[name] == row[name])
        station = re.sub(r"([ ,=])", r"\\\1", row["station"])
        yield f"{MEASUREMENT},station={station},station_id={row['station_id']} {fields} {row['time'].timestamp():.0f}"


@pytest.fixture(scope="module")
def loaded_influxdb(influxdb_server: Any, month: pd.DataFrame) -> Any:
    """The server with the shipped month in its bucket."""
    lines = list(line_protocol(month))
    with InfluxDBClient(influxdb_server.url, influxdb_server.admin_token, org=influxdb_server.org) as client:
        writer = client.write_api(write_options=SYNCHRONOUS)
        for at in range(0, len(lines), 5000):
            writer.write(influxdb_server.bucket, record=lines[at : at + 5000], write_precision="s")
    return influxdb_server


@pytest.fixture(scope="module")
def run(loaded_influxdb: Any) -> Iterator[Run]:
    """Runs Flux as Grafana does, with a token that can only read."""
    with InfluxDBClient(loaded_influxdb.url, loaded_influxdb.read_token, org=loaded_influxdb.org) as client:
        api = client.query_api()
        yield lambda flux: [[dict(record.values) for record in table.records] for table in api.query(flux)]


def test_every_panel_and_variable_has_a_comparison_and_none_is_left_over() -> None:
    assert EXPECTED.keys() == QUERIES.keys()


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("owner", QUERIES, ids="-".join)
def test_a_panel_shows_what_pandas_computes(
    owner: tuple[str, str], choice: Choice, run: Run, month: pd.DataFrame, loaded_influxdb: Any
) -> None:
    assert owner in EXPECTED, f"{owner} has no comparison: add its meaning to EXPECTED"
    actual: Cells = {}
    for query in QUERIES[owner]:
        actual |= queries.cells(query.kind, run(choice.flux(query.flux, loaded_influxdb.bucket)))
    expected = {key: value for key, value in EXPECTED[owner](View(month, choice)).items() if not pd.isna(value)}
    assert expected or choice != CHOICES["all stations"], "a comparison of nothing with nothing"
    assert actual.keys() == expected.keys()
    assert {key: value for key, value in actual.items() if not same(value, expected[key])} == {}


def same(actual: Any, expected: Any) -> bool:
    """Equal; to 1e-9 where it is a mean or a sum."""
    return abs(actual - expected) <= 1e-9 if isinstance(expected, float) else bool(actual == expected)
