"""What the dashboard "Weather overview" should show."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from tests.integration.dashboards.views import Cells, Meaning, View, newest_reading, single_row, table

DAY = timedelta(days=1)


def newest_hour(view: View) -> Cells:
    return {} if pd.isna(view.newest) else single_row({"_value": view.newest.timestamp() * 1000})


def now(view: View) -> pd.DataFrame:
    """The readings of the newest hour."""
    return view.everywhere[view.everywhere.time == view.newest]


def reporting(view: View) -> Cells:
    return single_row({"_value": len(now(view)) or None})


def by_value(values: pd.Series) -> list[tuple[str, float]]:
    """Station and value, from the lowest to the highest; equal ones in the order of their names."""
    found = [(str(station), float(value)) for station, value in values.dropna().items()]
    return sorted(found, key=lambda one: (one[1], one[0]))


def tile(station: str, value: float) -> Cells:
    """A tile with one value under the station's name."""
    return {(station, "_value"): value}


def extreme(name: str, position: int) -> Meaning:
    """The first (0) or last (-1) of the stations that measured a field at the newest hour."""

    def meaning(view: View) -> Cells:
        ranked = by_value(now(view).set_index("station")[name])
        return tile(*ranked[position]) if ranked else {}

    return meaning


def rain_of_the_day(view: View) -> list[tuple[str, float]]:
    """Each station's rain in the 24 hours up to the newest, which may have begun before the chosen range."""
    month = view.month
    rows = month[(month.time > view.newest - timedelta(hours=24)) & (month.time <= view.newest)]
    return by_value(rows.groupby("station").Precipitations.sum(min_count=1).round(2))


def wettest(view: View) -> Cells:
    return {key: value for one in rain_of_the_day(view)[-1:] for key, value in tile(*one).items()}


def ranked_rain(view: View) -> Cells:
    return {(station, "Precipitations"): value for station, value in rain_of_the_day(view)[::-1][:15]}


def quantity_map(view: View) -> Cells:
    name = view.choice.quantity
    stations = view.everywhere.sort_values("time").groupby("station")[["LAT", "LON", name]].last()
    return table(stations.assign(colour=stations[name]).dropna(subset=[name]))


def window_means(view: View) -> pd.Series:
    """Each station's mean temperature in each window: of its hours, or of its days' means where windows are wide."""
    points = view.everywhere
    if view.window >= DAY:
        points = points.groupby(["station", points.time.dt.floor(DAY)]).Temperature.mean().reset_index()
    return points.groupby(["station", points.time.dt.floor(view.window)]).Temperature.mean().dropna()


def distribution(view: View) -> Cells:
    means = window_means(view).reset_index()
    means["bucket"] = np.floor(means.Temperature / 2 + 1e-6) * 2
    numbers = means.groupby(["time", "bucket"]).size().reset_index(name="number")
    return {(row.time, f"{row.bucket:.0f}"): row.number for row in numbers.itertuples()}


def spread(view: View) -> Cells:
    windows = window_means(view).groupby("time")
    functions = {"lowest": windows.min(), "median": windows.median(), "highest": windows.max()}
    return {(name, time): value for name, values in functions.items() for time, value in values.items()}


def silent_stations(view: View) -> Cells:
    last = view.everywhere.groupby("station").time.max()
    silent = pd.DataFrame({"_time": last, "silent": [(view.newest - time).total_seconds() / 3600 for time in last]})
    return table(silent[silent.silent > 3])


EXPECTED: dict[str, Meaning] = {
    "Newest hour": newest_hour,
    "Stations reporting": reporting,
    "Coldest": extreme("Temperature", 0),
    "Warmest": extreme("Temperature", -1),
    "Wettest": wettest,
    "Windiest": extreme("Wind_speed", -1),
    "${quantity:text}, newest value of every station": quantity_map,
    "Rain of the day": ranked_rain,
    "Temperatures of all stations": distribution,
    "Temperature spread": spread,
    "Silent stations": silent_stations,
    "Newest reading": newest_reading,
}
