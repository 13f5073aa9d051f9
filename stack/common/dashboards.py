"""The dashboards of one stack: those that fit its source, opened on the time range of its data."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from datastream.sources.described import described_files
from datastream.sources.meteofrance import hourly_file
from datastream.sources.uscrn import five_minute_file
from stack.common import own_dashboard
from stack.common.environment import ROOT
from weather import files, settings, uscrn
from weather.settings import sources
from weather.settings.servers import GrafanaServer

BUILT = ROOT / "grafana" / "provisioning" / "dashboards" / "json"

OF_JOBS = {
    "overview": "meteo", "station": "meteo", "meteo": "meteo", "statistics": "stats", "predictions": "rain",
    "uscrn": "uscrn",
}  # fmt: skip
"""Dashboard → the Spark job that writes its data, in the order in which the dashboards are listed."""

ALWAYS = "pipeline"
"""The dashboard of the stack itself, listed last."""

Station = tuple[str, str]
"""Number and name of a station."""

BUILT_UIDS = (*OF_JOBS, ALWAYS)
"""The dashboards that `grafana.build` writes. That of a table of your own is made at the set-up."""

TILES = {"type": "default", "name": "Base map"}
"""The base map for maps with tiles: Grafana's default, a public server unless Grafana is configured otherwise."""

LIVE = {"from": "now-7d", "to": "now"}
"""The range of a source that is followed."""

SIMULATED = {"from": "2000-01-01T00:00:00Z", "to": "2010-01-01T00:00:00Z"}
"""The first ten years of simulated stations, as a dashboard's `time`: an hour of streaming at one day per second."""


def folder(home: Path) -> Path:
    """The folder of the stack's dashboards."""
    return home / "run" / "dashboards"


def offered(variables: settings.Variables) -> list[str]:
    """The uids, in order, of the dashboards whose jobs run and get rows of the chosen source. The first is home."""
    jobs = {*sources.jobs(variables)} & {*sources.JOBS_OF[sources.chosen(variables)]}
    if "csv" in jobs:
        return [own_dashboard.uid(sources.Described.load(variables).description), ALWAYS]
    return [*(uid for uid, job in OF_JOBS.items() if job in jobs), ALWAYS]


def home_file(variables: settings.Variables) -> str:
    """The file name of the home dashboard."""
    return f"{offered(variables)[0]}.json"


def prepare(variables: settings.Variables) -> None:
    """Write this stack's dashboards, each file atomically, and remove all others. Unchanged files are left alone."""
    target = folder(Path(variables.text("STACK_HOME")))
    target.mkdir(mode=0o755, parents=True, exist_ok=True)
    days, station = _days_and_station(variables)
    names, tiles = offered(variables), GrafanaServer.load(variables).map_tiles
    wanted = {}
    for uid in names:
        board = _board(uid, variables, days, station)
        _link_only(board, names)
        if names[0] not in BUILT_UIDS:
            _link_to_own(board, names[0], variables)
        if tiles:
            _draw_tiles(board)
        wanted[f"{uid}.json"] = json.dumps(board, indent=2, ensure_ascii=False) + "\n"
    for name, text in wanted.items():
        file = target / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            files.replace(file, text)
            file.chmod(0o644)
    for file in target.iterdir():
        if file.name not in wanted:
            file.unlink()


def _board(uid: str, variables: settings.Variables, days: dict[str, str], station: Station | None) -> dict[str, Any]:
    if uid not in BUILT_UIDS:
        options = sources.DescribedFiles.load(variables)
        return own_dashboard.build(options.description, _own_days(options))
    board: dict[str, Any] = json.loads((BUILT / f"{uid}.json").read_text(encoding="utf-8"))
    _open_on(board, days, station)
    if uid == "uscrn":
        board["time"] = _uscrn_days(sources.Uscrn.load(variables))
    return board


def _own_days(options: sources.DescribedFiles) -> dict[str, str]:
    """The time range of a table of your own."""
    if not options.is_replay:
        return LIVE
    return time_range(described_files.contents(options.local, options.description))


def _link_to_own(board: dict[str, Any], uid: str, variables: settings.Variables) -> None:
    """Link the dashboard of the stack and that of a table of your own."""
    there, title = uid, sources.Described.load(variables).description.title
    if board["uid"] == uid:
        there, title = ALWAYS, json.loads((BUILT / f"{ALWAYS}.json").read_text(encoding="utf-8"))["title"]
    board["links"].append(
        {
            "asDropdown": False, "icon": "dashboard", "includeVars": False, "keepTime": False, "tags": [],
            "targetBlank": False, "title": title, "tooltip": title, "type": "link", "url": f"/d/{there}",
        }
    )  # fmt: skip


def _days_and_station(variables: settings.Variables) -> tuple[dict[str, str], Station | None]:
    """The time range on which dashboards open, and the station with the most measurements; None if it is unknown."""
    options = sources.MeteoFrance.load(variables)
    if sources.chosen(variables) == "meteofrance" and not options.is_replay:
        return LIVE, None
    data = hourly_file.contents(*options.local) if options.local else None
    if sources.chosen(variables) == "stations" or data is None:
        return SIMULATED, None
    return time_range(data), data.fullest_station


def time_range(data: hourly_file.Coverage | five_minute_file.Coverage | described_files.Coverage) -> dict[str, str]:
    """The whole days that the data cover, as a dashboard's `time`."""
    midnight = {"hour": 0, "minute": 0, "second": 0}
    start, stop = data.first.replace(**midnight), data.last.replace(**midnight) + timedelta(days=1)  # type: ignore[arg-type]
    return {"from": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "to": stop.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _uscrn_days(options: sources.Uscrn) -> dict[str, str]:
    """The time range of the 5-minute files, or of the one local date that is sent."""
    if not options.is_replay:
        return LIVE
    if options.date:
        day = uscrn.parse_moment(options.date, "0000")
        return time_range(five_minute_file.Coverage(day, day))
    return time_range(five_minute_file.contents(options.local))


def _open_on(board: dict[str, Any], days: dict[str, str], station: Station | None) -> None:
    """Set a dashboard's time range and, if it opens with one station, the station with the most measurements.

    The range stays unchanged if it is relative to now (the pipeline) or if the dashboard shows 5-minute files.
    """
    if not board["time"]["from"].startswith("now") and board["uid"] != "uscrn":
        board["time"] = days
    for variable in board["templating"]["list"]:
        if station and variable["name"] == "station" and not variable["includeAll"]:
            number, name = station
            variable["current"] |= {"text": [name], "value": [number]}


def _link_only(board: dict[str, Any], names: list[str]) -> None:
    """Remove the links to dashboards that are not in `names`: those at the top and those of stations in panels."""

    def leads(link: dict[str, Any]) -> bool:
        return link["url"].removeprefix("/d/").split("?")[0] in names

    board["links"] = [link for link in board["links"] if leads(link)]
    for panel in board["panels"]:
        for override in panel.get("fieldConfig", {}).get("overrides", []):
            override["properties"] = [
                change
                for change in override["properties"]
                if change["id"] != "links" or all(map(leads, change["value"]))
            ]


def _draw_tiles(board: dict[str, Any]) -> None:
    """Give every map a base map of tiles instead of the outlines."""
    for panel in board["panels"]:
        if panel["type"] == "geomap":
            panel["options"]["basemap"] = TILES
            panel["options"]["layers"] = [one for one in panel["options"]["layers"] if one["type"] != "geojson"]
