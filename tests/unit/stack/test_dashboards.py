"""The dashboards that a stack serves."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grafana.titles import TITLES
from stack.common import dashboards
from testing.environment import settings_environment
from testing.hourly_text import HEADER, line
from weather import settings
from weather.errors import SourceError
from weather.settings.sources import JOBS


def prepared(tmp_path: Path, *hours: str) -> Path:
    """The folder of the dashboards for a file in which ARBENT has more rows, and LORIENT measures more."""
    data = tmp_path / "H_29.csv"
    arbent = [line(hour, T="9.5") for hour in (*hours, *hours)]
    lorient = [line(hour, NOM_USUEL="LORIENT", NUM_POSTE="56185001", T="9.5", FF="3.0", DD="10") for hour in hours]
    data.write_bytes(HEADER + b"".join([*arbent, *lorient]))
    variables = settings_environment(STACK_HOME=str(tmp_path / "home"), METEO_DATA=str(data))
    dashboards.prepare(settings.Variables(variables))
    return dashboards.folder(tmp_path / "home")


def serve(home: Path, **changes: str) -> Path:
    """The folder of the dashboards of a stack with these settings."""
    dashboards.prepare(settings.Variables(settings_environment(STACK_HOME=str(home), **changes)))
    return dashboards.folder(home)


def test_they_open_on_the_days_of_the_data(tmp_path: Path) -> None:
    folder = prepared(tmp_path, "2023123122", "2024010105", "2023123007")
    board = json.loads((folder / "meteo.json").read_text())
    assert board["time"] == {"from": "2023-12-30T00:00:00Z", "to": "2024-01-02T00:00:00Z"}
    assert {file.stem for file in folder.iterdir()} == set(TITLES) - {"uscrn"}


def station(board: dict[str, Any]) -> Any:
    """What the variable `station` begins with, if the dashboard has one."""
    return [variable.pop("current") for variable in board["templating"]["list"] if variable["name"] == "station"]


def test_the_station_that_measured_the_most_comes_first(tmp_path: Path) -> None:
    folder = prepared(tmp_path, "2024010105")
    (chosen,) = station(json.loads((folder / "station.json").read_text()))
    assert (chosen["text"], chosen["value"]) == (["LORIENT"], ["56185001"])
    (everything,) = station(json.loads((folder / "meteo.json").read_text()))
    assert everything["value"] == ["$__all"]


def test_nothing_else_is_changed(tmp_path: Path) -> None:
    for file in prepared(tmp_path, "2024010105").iterdir():
        here, built = (json.loads(path.read_text()) for path in (file, dashboards.BUILT / file.name))
        station(here), station(built)
        assert here | {"time": 0, "links": 0} == built | {"time": 0, "links": 0}


def test_what_is_built_is_for_the_shipped_data(tmp_path: Path) -> None:
    for file in serve(tmp_path).iterdir():
        here, built = (json.loads(path.read_text()) for path in (file, dashboards.BUILT / file.name))
        assert here | {"links": 0} == built | {"links": 0}


def test_a_dashboard_of_the_present_stays_there(tmp_path: Path) -> None:
    folder = prepared(tmp_path, "2024010105")
    assert json.loads((folder / "pipeline.json").read_text())["time"] == {"from": "now-30m", "to": "now"}


def test_prepared_again_what_is_right_is_left_alone_and_what_is_not_ours_goes(tmp_path: Path) -> None:
    folder = prepared(tmp_path, "2024010105")
    before = (folder / "meteo.json").stat().st_ino
    (folder / "old.json").write_text("{}")
    prepared(tmp_path, "2024010105")
    assert (folder / "meteo.json").stat().st_ino == before
    assert not (folder / "old.json").exists()


@pytest.mark.parametrize(
    ("source", "date", "days"),
    [
        ("uscrn", "all", ("2017-12-31", "2018-04-01")),
        ("uscrn", "20180105", ("2018-01-05", "2018-01-06")),
    ],
)
def test_that_of_5_minute_files_opens_on_their_days_or_the_one_that_is_sent(
    tmp_path: Path, source: str, date: str, days: tuple[str, str]
) -> None:
    board = json.loads((serve(tmp_path, STREAM_SOURCE=source, USCRN_DATE=date) / "uscrn.json").read_text())
    assert (board["time"]["from"], board["time"]["to"]) == tuple(f"{day}T00:00:00Z" for day in days)


def test_data_without_an_hour_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"H_29\.csv: no row has a valid hour"):
        prepared(tmp_path, "", "soon")


def test_those_of_simulated_stations_open_on_the_simulated_years(tmp_path: Path) -> None:
    board = json.loads((serve(tmp_path, STREAM_SOURCE="stations") / "statistics.json").read_text())
    assert board["time"] == dashboards.SIMULATED


OF_WEATHER = ["overview", "station", "meteo", "statistics", "predictions", "pipeline"]

each_source = pytest.mark.parametrize(
    ("changes", "uids"),
    [
        ({"STREAM_SOURCE": "meteofrance"}, OF_WEATHER),
        ({"STREAM_SOURCE": "stations"}, ["statistics", "predictions", "pipeline"]),
        ({"STREAM_SOURCE": "uscrn"}, ["uscrn", "pipeline"]),
        ({"STREAM_SOURCE": "place"}, ["pipeline"]),
        ({"STREAM_SOURCE": "sql"}, ["pipeline"]),
        ({"STREAM_SOURCE": "meteofrance", "SPARK_JOBS": "meteo"}, ["overview", "station", "meteo", "pipeline"]),
        ({"STREAM_SOURCE": "stations", "SPARK_JOBS": "meteo,stats"}, ["statistics", "pipeline"]),
    ],
    ids=str,
)


@each_source
def test_only_dashboards_of_what_is_streamed_are_offered_and_linked(
    tmp_path: Path, changes: dict[str, str], uids: list[str]
) -> None:
    folder = serve(tmp_path, **changes)
    assert {file.stem for file in folder.iterdir()} == set(uids)
    for file in folder.iterdir():
        text = file.read_text()
        assert set(re.findall(r"/d/(\w+)", text)) == set(uids) - {file.stem} | own_station_links(file.stem, text)
        assert [link["url"] for link in json.loads(text)["links"]] == [f"/d/{uid}" for uid in uids if uid != file.stem]


def own_station_links(uid: str, text: str) -> set[str]:
    """The dashboard of one station where it leads to itself."""
    return {"station"} if uid == "station" and "/d/station?" in text else set()


@each_source
def test_the_first_dashboard_that_is_offered_is_home(tmp_path: Path, changes: dict[str, str], uids: list[str]) -> None:
    variables = settings.Variables(settings_environment(STACK_HOME=str(tmp_path), **changes))
    assert dashboards.home_file(variables) == f"{uids[0]}.json"


def test_dashboards_are_offered_in_the_order_of_their_links() -> None:
    assert [*dashboards.OF_JOBS, dashboards.ALWAYS] == list(TITLES)
    assert set(dashboards.OF_JOBS.values()) <= set(JOBS)


def test_a_setting_draws_tiles_in_place_of_outlines(tmp_path: Path) -> None:
    for wanted, base, layers in (("0", "xyz", ["geojson", "markers"]), ("1", "default", ["markers"])):
        board = json.loads((serve(tmp_path, GRAFANA_MAP_TILES=wanted) / "overview.json").read_text())
        (options,) = (panel["options"] for panel in board["panels"] if panel["type"] == "geomap")
        assert options["basemap"]["type"] == base
        assert [layer["type"] for layer in options["layers"]] == layers
