"""The dashboards as this stack serves them: those of the weather open on the time range and a station of its data."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from datastream import hourly_file, uscrn_file
from weather import settings, source_settings, uscrn

BUILT = Path(__file__).resolve().parent.parent / "grafana" / "provisioning" / "dashboards" / "json"

SIMULATED = {"from": "2000-01-01T00:00:00Z", "to": "2010-01-01T00:00:00Z"}
"""The first years of simulated stations, as a dashboard's `time`: an hour of them at a day a second."""


def folder(home: Path) -> Path:
    """Where a stack's dashboards are."""
    return home / "run" / "dashboards"


def prepare(variables: settings.Variables) -> None:
    """Write this stack's dashboards, each file whole; one that is as it should be is left alone."""
    target = folder(Path(variables.text("STACK_HOME")))
    target.mkdir(mode=0o755, parents=True, exist_ok=True)
    data = hourly_file.contents(Path(variables.text("METEO_DATA")))
    days = time_range(data) if source_settings.chosen(variables) != "stations" else SIMULATED
    wanted = {file.name: _opened_on(file.read_text(encoding="utf-8"), data, days) for file in BUILT.glob("*.json")}
    if source_settings.chosen(variables) == "uscrn":
        wanted["uscrn.json"] = _opened_on_uscrn(wanted["uscrn.json"], source_settings.Uscrn.load(variables))
    for name, text in wanted.items():
        file = target / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            temporary = file.with_suffix(".tmp")
            temporary.write_text(text, encoding="utf-8")
            temporary.chmod(0o644)
            temporary.replace(file)
    for file in target.iterdir():
        if file.name not in wanted:
            file.unlink()


def _opened_on_uscrn(text: str, options: source_settings.Uscrn) -> str:
    """The dashboard of 5-minute files with their time range, or that of the one local date that is sent."""
    board = json.loads(text)
    if options.date:
        day = uscrn.parse_moment(options.date, "0000")
        board["time"] = time_range(uscrn_file.Contents(day, day))
    else:
        board["time"] = time_range(uscrn_file.contents(options.data))
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def time_range(data: hourly_file.Contents | uscrn_file.Contents) -> dict[str, str]:
    """The whole days that the data cover, as a dashboard's `time`."""
    midnight = {"hour": 0, "minute": 0, "second": 0}
    start, stop = data.first.replace(**midnight), data.last.replace(**midnight) + timedelta(days=1)  # type: ignore[arg-type]
    return {"from": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "to": stop.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _opened_on(text: str, data: hourly_file.Contents, days: dict[str, str]) -> str:
    """A dashboard with this time range and, where it begins with one station, the one that measured the most.

    A dashboard whose range is relative to now shows the pipeline, and stays as it is; so does that of 5-minute files.
    """
    board = json.loads(text)
    if not board["time"]["from"].startswith("now") and board["uid"] != "uscrn":
        board["time"] = days
    for variable in board["templating"]["list"]:
        if variable["name"] == "station" and not variable["includeAll"]:
            variable["current"] |= {"text": [data.fullest_station], "value": [data.fullest_station]}
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"
