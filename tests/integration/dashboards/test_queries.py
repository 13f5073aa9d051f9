"""Every query of every dashboard, run against a real InfluxDB that holds the shipped month, compared with pandas.

A panel, variable or annotation without a meaning fails: a new one needs its meaning written down in the
`…_meanings.py` of its dashboard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from grafana import queries
from influxdb import daily
from testing.environment import ROOT
from tests.integration.dashboards import meteo_meanings, overview_meanings, station_meanings
from tests.integration.dashboards.views import Cells, Choice, View
from weather.reading import FIELDS, HOUR, HOUR_FORMAT, MEASURED, MEASUREMENT, STATION_ID, STATION_NAME

NAMES = [field.name for field in FIELDS]
BOARDS = queries.load(ROOT / "grafana" / "provisioning" / "dashboards" / "json")
OTHERS = {"pipeline", "statistics", "predictions", "uscrn"}
"""Tested in test_pipeline_queries.py, tests/forecast/test_dashboards.py and tests/uscrn/test_dashboard.py."""
OF_THE_READINGS = [board for board in BOARDS.values() if board["uid"] not in OTHERS]

QUERIES: dict[tuple[str, str], list[queries.Query]] = {}
for _board in OF_THE_READINGS:
    for _query in queries.collect(_board):
        QUERIES.setdefault((_query.dashboard, _query.owner), []).append(_query)

MEANINGS = {"meteo": meteo_meanings, "overview": overview_meanings, "station": station_meanings}
EXPECTED = {(uid, owner): meaning for uid, module in MEANINGS.items() for owner, meaning in module.EXPECTED.items()}

MAP = ("overview", "${quantity:text}, newest value of every station")
RANKING = ("overview", "Rain of the day")
QUANTITIES = [
    option["value"]
    for variable in BOARDS["overview.json"]["templating"]["list"]
    if variable["name"] == "quantity"
    for option in variable["options"]
]

Run = Callable[[str], list[list[dict[str, Any]]]]

HOURLY = timedelta(hours=1)
CHOICES = {
    "one station": Choice("2014-01-01", 31, HOURLY, ("BREST-GUIPAVAS",)),
    "a station that measures wind alone": Choice("2014-01-30", 2, HOURLY, ("BEG_MEIL",)),
    "several stations": Choice("2014-01-10", 3, timedelta(hours=3), ("PLOUMANAC'H", "ILE DE GROIX", "BATZ")),
    "all stations": Choice("2014-01-01", 31, timedelta(hours=2)),
    "a station that fell silent": Choice("2014-01-03", 3, timedelta(hours=3), ("ST NAZAIRE-MONTOIR",)),
    "a range shorter than a day": Choice("2014-01-17", 1, HOURLY, ("PLOUAY-SA", "QUIMPER")),
    "a year": Choice("2013-07-01", 365, timedelta(days=1)),
    "several years": Choice("2012-01-05", 2100, timedelta(days=7)),
    "a week before all readings": Choice("2013-12-25", 7, HOURLY),
    "a station of an awkward name": Choice("2014-01-01", 31, HOURLY, ("ST/A.B (C) [D] $1|",)),
}


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    """The shipped file as the store should hold it: one row per station and hour that measured anything."""
    file = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
    columns = [STATION_ID, STATION_NAME, HOUR, *(field.source for field in FIELDS)]
    rows = pd.read_csv(file, sep=";", dtype={STATION_ID: str, HOUR: str}, usecols=columns)
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
    """The server with the shipped month in its bucket, hours and days."""
    lines = list(line_protocol(month))
    with InfluxDBClient(influxdb_server.url, influxdb_server.admin_token, org=influxdb_server.org) as client:
        writer = client.write_api(write_options=SYNCHRONOUS)
        for at in range(0, len(lines), 5000):
            writer.write(influxdb_server.bucket, record=lines[at : at + 5000], write_precision="s")
        for flux in daily.tasks(influxdb_server.bucket).values():
            client.query_api().query(flux)
    return influxdb_server


@pytest.fixture(scope="module")
def run(loaded_influxdb: Any) -> Iterator[Run]:
    """Runs Flux as Grafana does, with a token that can only read."""
    with InfluxDBClient(loaded_influxdb.url, loaded_influxdb.read_token, org=loaded_influxdb.org) as client:
        api = client.query_api()
        yield lambda flux: [[dict(record.values) for record in table.records] for table in api.query(flux)]


def shown(owner: tuple[str, str], choice: Choice, run: Run, bucket: str) -> Cells:
    """What a panel, variable or annotation shows of the store."""
    found: Cells = {}
    for query in QUERIES[owner]:
        found |= queries.cells(query.kind, run(choice.flux(query.flux, bucket)))
    return found


def meant(owner: tuple[str, str], choice: Choice, month: pd.DataFrame) -> Cells:
    """What it should show."""
    return {key: value for key, value in EXPECTED[owner](View(month, choice)).items() if not pd.isna(value)}


def assert_same(actual: Cells, expected: Cells) -> None:
    assert actual.keys() == expected.keys()
    assert {key: value for key, value in actual.items() if not same(value, expected[key])} == {}


def same(actual: Any, expected: Any) -> bool:
    """Equal; to 1e-9 where it is a mean or a sum."""
    return abs(actual - expected) <= 1e-9 if isinstance(expected, float) else bool(actual == expected)


def test_everything_that_queries_has_a_meaning_and_none_is_left_over() -> None:
    assert EXPECTED.keys() == QUERIES.keys()


@pytest.mark.parametrize("owner", EXPECTED, ids="-".join)
def test_a_meaning_is_not_always_nothing(owner: tuple[str, str], month: pd.DataFrame) -> None:
    assert any(meant(owner, choice, month) for choice in CHOICES.values()), "a comparison of nothing with nothing"


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("owner", QUERIES, ids="-".join)
def test_a_panel_shows_what_pandas_computes(
    owner: tuple[str, str], choice: Choice, run: Run, month: pd.DataFrame, loaded_influxdb: Any
) -> None:
    assert owner in EXPECTED, f"{owner} has no comparison: add its meaning to EXPECTED"
    assert_same(shown(owner, choice, run, loaded_influxdb.bucket), meant(owner, choice, month))


@pytest.mark.parametrize("when", ["all stations", "a station that fell silent", "a week before all readings"])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_map_shows_the_chosen_quantity(
    quantity: str, when: str, run: Run, month: pd.DataFrame, loaded_influxdb: Any
) -> None:
    choice = replace(CHOICES[when], quantity=quantity)
    assert_same(shown(MAP, choice, run, loaded_influxdb.bucket), meant(MAP, choice, month))


def test_the_ranking_begins_with_the_most_rain(run: Run, month: pd.DataFrame, loaded_influxdb: Any) -> None:
    choice = CHOICES["all stations"]
    actual = shown(RANKING, choice, run, loaded_influxdb.bucket)
    assert list(actual) == list(meant(RANKING, choice, month)) and len(actual) == 15


def test_the_buckets_of_the_heatmap_and_the_sectors_of_the_wind_stand_in_order(run: Run, loaded_influxdb: Any) -> None:
    def rows(uid: str, title: str) -> list[dict[str, Any]]:
        flux = CHOICES["all stations"].flux(QUERIES[uid, title][0].flux, loaded_influxdb.bucket)
        return run(flux)[0]

    columns = list(rows("overview", "Temperatures of all stations")[0])
    buckets = [int(name) for name in columns if name not in ("result", "table", "_time")]
    assert buckets == list(range(buckets[0], buckets[-1] + 2, 2))
    sectors = [row["sector"] for row in rows("station", "Wind rose")]
    assert sectors == ["calm", *station_meanings.SECTORS]
