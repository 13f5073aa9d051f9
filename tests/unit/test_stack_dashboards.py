"""The dashboards that a stack serves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datastream import hourly_file
from stack import dashboards
from tests.conftest import settings_environment
from tests.unit.hourly_text import HEADER, line
from weather import settings
from weather.errors import SourceError


def prepared(tmp_path: Path, *hours: str) -> Path:
    """The folder of the dashboards for a file in which ARBENT has more rows, and LORIENT measures more."""
    data = tmp_path / "H_29.csv"
    arbent = [line(hour, T="9.5") for hour in (*hours, *hours)]
    lorient = [line(hour, NOM_USUEL="LORIENT", NUM_POSTE="56185001", T="9.5", FF="3.0", DD="10") for hour in hours]
    data.write_bytes(HEADER + b"".join([*arbent, *lorient]))
    variables = settings_environment(STACK_HOME=str(tmp_path / "home"), METEO_DATA=str(data))
    dashboards.prepare(settings.Variables(variables))
    return dashboards.folder(tmp_path / "home")


def test_they_open_on_the_days_of_the_data(tmp_path: Path) -> None:
    folder = prepared(tmp_path, "2023123122", "2024010105", "2023123007")
    board = json.loads((folder / "meteo.json").read_text())
    assert board["time"] == {"from": "2023-12-30T00:00:00Z", "to": "2024-01-02T00:00:00Z"}
    assert {file.name for file in folder.iterdir()} == {file.name for file in dashboards.BUILT.glob("*.json")}


def station(board: dict[str, Any]) -> Any:
    """What the variable `station` begins with, if the dashboard has one."""
    return [variable.pop("current") for variable in board["templating"]["list"] if variable["name"] == "station"]


def test_the_station_that_measured_the_most_comes_first(tmp_path: Path) -> None:
    folder = prepared(tmp_path, "2024010105")
    (chosen,) = station(json.loads((folder / "station.json").read_text()))
    assert (chosen["text"], chosen["value"]) == (["LORIENT"], ["LORIENT"])
    (everything,) = station(json.loads((folder / "meteo.json").read_text()))
    assert everything["value"] == ["$__all"]


def test_nothing_else_is_changed(tmp_path: Path) -> None:
    for file in prepared(tmp_path, "2024010105").iterdir():
        here, built = (json.loads(path.read_text()) for path in (file, dashboards.BUILT / file.name))
        station(here), station(built)
        assert here | {"time": 0} == built | {"time": 0}


def test_what_is_built_is_for_the_shipped_data() -> None:
    variables = settings.Variables(settings_environment())
    data = hourly_file.contents(Path(variables.text("METEO_DATA")))
    for file in dashboards.BUILT.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        assert json.loads(dashboards._opened_on(text, data, dashboards.time_range(data))) == json.loads(text)


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
        ("meteofrance", "20180105", ("2017-12-31", "2018-04-01")),
    ],
)
def test_that_of_5_minute_files_opens_on_their_days_or_the_one_that_is_sent(
    tmp_path: Path, source: str, date: str, days: tuple[str, str]
) -> None:
    changes = {"STACK_HOME": str(tmp_path), "STREAM_SOURCE": source, "USCRN_DATE": date}
    dashboards.prepare(settings.Variables(settings_environment(**changes)))
    board = json.loads((dashboards.folder(tmp_path) / "uscrn.json").read_text())
    assert (board["time"]["from"], board["time"]["to"]) == tuple(f"{day}T00:00:00Z" for day in days)


def test_data_without_an_hour_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"H_29\.csv: no row names an hour"):
        prepared(tmp_path, "", "soon")


def test_those_of_simulated_stations_open_on_the_simulated_years(tmp_path: Path) -> None:
    variables = settings_environment(STACK_HOME=str(tmp_path / "home"), STREAM_SOURCE="stations")
    dashboards.prepare(settings.Variables(variables))
    board = json.loads((dashboards.folder(tmp_path / "home") / "statistics.json").read_text())
    assert board["time"] == dashboards.SIMULATED
