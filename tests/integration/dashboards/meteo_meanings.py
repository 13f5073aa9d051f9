"""What the dashboard "Meteo" should show."""

from __future__ import annotations

from tests.integration.dashboards.views import (
    Cells,
    Meaning,
    View,
    count,
    newest_reading,
    on_map,
    single_row,
    station_names,
    table,
    trend,
)
from weather.reading import MEASURED

AVERAGED = ["Temperature", "T_min", "T_max", "Wind_speed", "Humidity_min", "Humidity_max", "Pressure", "Visibility"]


def averages(view: View) -> Cells:
    rain = view.chosen["Precipitations"].sum(min_count=1)
    return single_row({**view.chosen[AVERAGED].mean(), "Precipitations": rain})


def averages_per_station(view: View) -> Cells:
    groups = view.chosen.groupby("station")
    return table(groups[AVERAGED].mean().assign(Precipitations=groups["Precipitations"].sum(min_count=1)))


def latest(view: View) -> Cells:
    newest = view.chosen.sort_values("time").groupby("station").tail(1).set_index("station")
    return table(newest.rename(columns={"time": "_time"})[["_time", *(field.name for field in MEASURED)]])


EXPECTED: dict[str, Meaning] = {
    "Readings": count(len),
    "Stations": count(lambda rows: rows.station.nunique()),
    "Averages": averages,
    "Last temperature per station": on_map("Temperature", "last", only_measuring=False),
    "Average minimum temperature per station": on_map("T_min", "mean", only_measuring=True),
    "Average maximum temperature per station": on_map("T_max", "mean", only_measuring=True),
    "Temperature": trend(Temperature="mean"),
    "Minimum and maximum temperature": trend(T_min="min", T_max="max"),
    "Rain": trend(Precipitations="sum"),
    "Wind speed": trend(Wind_speed="mean"),
    "Humidity": trend(Humidity_min="min", Humidity_max="max"),
    "Pressure": trend(Pressure="mean"),
    "Averages per station": averages_per_station,
    "Latest readings": latest,
    "station": station_names,
    "Newest reading": newest_reading,
}
