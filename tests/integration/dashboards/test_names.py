"""Stations of one name, and a station with two names, in every panel: a station is its number, its name is a label."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from grafana import queries
from stack.common import own_dashboard
from testing.environment import ROOT
from testing.servers import InfluxDBServer
from tests.integration.dashboards.provisioned import BOARDS
from weather.description import toml

START = datetime(2030, 5, 1, tzinfo=UTC)
HOURS = 48
TWINS = {"09123456": 10.0, "31123456": 20.0}
"""Two stations called ST MARTIN, and their temperature."""
RENAMED = "29000001"
"""A station that was OLD and then NEW, and was then moved. Its temperature is 0 under the old name and 30 after it."""
AWKWARD = ("29000002", 'L\'ÎLE, "A=B" \\ (N°1) $x|')
OWN = "own-uscrn_hourly"
"""The dashboard of a table of one's own: its keys have the same labels as the stations."""
LABELS = {"ST MARTIN 09123456", "ST MARTIN 31123456", "NEW", AWKWARD[1]}


def lines() -> Iterator[str]:
    """Two days of hours."""
    for hour in range(HOURS):
        at = int((START + timedelta(hours=hour)).timestamp())
        for number, degrees in TWINS.items():
            yield from line(number, "ST MARTIN", 43.0, degrees, at)
        early = hour < HOURS // 2
        yield from line(RENAMED, "OLD" if early else "NEW", 48.0 if early else 48.5, 0.0 if early else 30.0, at)
        yield from line(*AWKWARD, 47.0, 5.0, at)


def line(number: str, name: str, latitude: float, degrees: float, at: int) -> Iterator[str]:
    """A reading, and the row of the table with the same values."""
    escaped = name.replace(" ", "\\ ").replace(",", "\\,").replace("=", "\\=")
    fields = {"LAT": latitude, "LON": 1.0, "Temperature": degrees, "T_min": degrees, "T_max": degrees}
    fields |= {"Precipitations": 1.0, "Wind_speed": 2.0, "Wind_dir": 90.0}
    values = ",".join(f"{field}={value}" for field, value in fields.items())
    yield f"meteo,station={escaped},station_id={number} {values} {at}"
    yield f"uscrn_hourly,station={escaped},station_id={number} LAT={latitude},LON=1.0,temperature={degrees} {at}"


class Store:
    """The server with these stations in a bucket of their own; `show` runs a query of a panel or a variable."""

    def __init__(self, server: InfluxDBServer) -> None:
        self._server = server
        description = toml.load(ROOT / "examples" / "own_data" / "uscrn_hourly.toml")
        self._boards = BOARDS | {OWN: own_dashboard.build(description, {})}
        with InfluxDBClient(server.url, server.admin_token, org=server.org) as admin:
            admin.write_api(write_options=SYNCHRONOUS).write(server.bucket, record=list(lines()), write_precision="s")

    def show(self, uid: str, owner: str, number: int = 0, stations: list[str] | None = None) -> list[dict[str, Any]]:
        query = [one for one in queries.collect(self._boards[uid]) if one.owner == owner][number]
        flux = queries.interpolate(
            query.flux, start=START, stop=START + timedelta(hours=HOURS), window=timedelta(hours=6),
            bucket=self._server.bucket, variables={
                "station": queries.AllValue(".*") if stations is None else stations,
                "quantity": queries.Single("Temperature"),
            },
        )  # fmt: skip
        with InfluxDBClient(self._server.url, self._server.read_token, org=self._server.org) as reader:
            return [record.values for table in reader.query_api().query(flux) for record in table.records]


@pytest.fixture(scope="module")
def store(influxdb_server: InfluxDBServer) -> Store:
    return Store(influxdb_server)


def test_the_choices_are_the_stations_under_labels_that_differ(store: Store) -> None:
    for uid in ("station", "meteo", OWN):
        choices = dict(row["_value"].split("\t") for row in store.show(uid, "station"))
        assert set(choices) == LABELS
        assert choices["ST MARTIN 31123456"] == "31123456" and choices["NEW"] == RENAMED


@pytest.mark.parametrize(
    ("uid", "owner"),
    [
        ("meteo", "Temperature"), ("meteo", "Rain"), ("meteo", "Averages per station"), ("meteo", "Latest readings"),
        ("meteo", "Last temperature per station"), ("meteo", "Average minimum temperature per station"),
        ("overview", "${quantity:text}, newest value of every station"), ("overview", "Rain of the day"),
        ("station", "Statistics"), ("station", "Wind speed"),
        (OWN, "Mean air temperature"), (OWN, "Latest rows"),
    ],
)  # fmt: skip
def test_each_station_is_there_once_under_its_label(store: Store, uid: str, owner: str) -> None:
    found = {(row["station"], row["station_id"]) for row in store.show(uid, owner)}
    assert {name for name, _ in found} == LABELS
    assert len(found) == len(LABELS)


def test_a_station_that_was_renamed_has_one_row_of_all_its_hours(store: Store) -> None:
    [averages] = [row for row in store.show("meteo", "Averages per station") if row["station_id"] == RENAMED]
    assert (averages["Temperature"], averages["Precipitations"]) == (15.0, HOURS)
    [latest] = [row for row in store.show("meteo", "Latest readings") if row["station_id"] == RENAMED]
    assert (latest["Temperature"], latest["_time"]) == (30.0, START + timedelta(hours=HOURS - 1))
    figures = {row["quantity"]: row for row in store.show("station", "Statistics", stations=[RENAMED])}
    temperature = figures["Temperature"]
    assert [temperature[name] for name in ("latest", "lowest", "mean", "highest")] == [30.0, 0.0, 15.0, 30.0]
    assert figures["Precipitations"]["total"] == HOURS
    line_of = [row["_value"] for row in store.show("meteo", "Temperature") if row["station_id"] == RENAMED]
    assert line_of == [0.0] * 4 + [30.0] * 4


def test_a_station_that_was_moved_stands_at_its_new_place_and_counts_once(store: Store) -> None:
    [place] = [row for row in store.show("meteo", "Last temperature per station") if row["station_id"] == RENAMED]
    assert (place["LAT"], place["Temperature"]) == (48.5, 30.0)
    assert [row["_value"] for row in store.show("meteo", "Stations")] == [len(LABELS)]
    assert [row["_value"] for row in store.show("overview", "Stations reporting")] == [len(LABELS)]


def test_stations_of_one_name_are_chosen_one_by_one(store: Store) -> None:
    for number, degrees in TWINS.items():
        rows = store.show("meteo", "Temperature", stations=[number])
        assert {(row["station"], row["_value"]) for row in rows} == {(f"ST MARTIN {number}", degrees)}


def test_a_tile_shows_the_label_and_leads_to_the_number(store: Store) -> None:
    [coldest] = store.show("overview", "Coldest")
    assert (coldest["station"], coldest["station_id"], coldest["_value"]) == (AWKWARD[1], AWKWARD[0], 5.0)
    [warmest] = store.show("overview", "Warmest")
    assert (warmest["station"], warmest["station_id"], warmest["_value"]) == ("NEW", RENAMED, 30.0)


def test_keys_of_one_label_in_a_table_of_ones_own_are_counted_mapped_and_chosen_one_by_one(store: Store) -> None:
    assert [row["_value"] for row in store.show(OWN, "Stations")] == [len(LABELS)]
    assert [row["_value"] for row in store.show(OWN, "Rows")] == [len(LABELS) * HOURS]
    places = {row["station"]: (row["LAT"], row["temperature"]) for row in store.show(OWN, "Stations", number=1)}
    assert set(places) == LABELS and places["NEW"] == (48.5, 30.0)
    for number, degrees in TWINS.items():
        rows = store.show(OWN, "Mean air temperature", stations=[number])
        assert {(row["station"], row["_value"]) for row in rows} == {(f"ST MARTIN {number}", degrees)}
