"""What the dashboard "Station" should show."""

from __future__ import annotations

from tests.integration.dashboards.views import Cells, Meaning, View, both, newest_reading, station_names, trend
from weather.reading import MEASURED

RAIN = ("Precipitations", "Precipitations_dur")
SECTORS = {"N": 0, "NE": 45, "E": 90, "SE": 135, "S": 180, "SW": 225, "W": 270, "NW": 315}


def figures(view: View) -> Cells:
    """Every quantity's last value, and its range; rain has a total, all else but the direction a mean."""
    found: Cells = {}
    for station, rows in view.chosen.sort_values("time").groupby("station"):
        for field in MEASURED:
            values = rows[field.name].dropna()
            if len(values):
                columns = {"unit": field.unit, "latest": values.iloc[-1]}
                if field.name != "Wind_dir":
                    middle = {"total": values.sum()} if field.name in RAIN else {"mean": values.mean()}
                    columns |= {"lowest": values.min(), "highest": values.max()} | middle
                at = (station, field.name.replace("_", " "))
                found |= {(*at, name): value for name, value in columns.items()}
    return found


def rain_so_far(view: View) -> Cells:
    totals: dict[str, float] = {}
    found: Cells = {}
    for (station, _, time), fallen in sorted(trend(Precipitations="sum")(view).items()):
        totals[station] = totals.get(station, 0.0) + fallen
        found[station, "Rain_so_far", time] = totals[station]
    return found


def wind_rose(view: View) -> Cells:
    """The hours of each sector: those whose middle is nearest; a direction of 0 is calm, 360 is north."""
    directions = view.chosen.Wind_dir.dropna()
    blowing = directions[directions != 0]
    hours = {"calm": int((directions == 0).sum())}
    for name, middle in SECTORS.items():
        from_middle = (blowing - middle + 180) % 360 - 180
        hours[name] = int(((from_middle >= -22.5) & (from_middle < 22.5)).sum())
    return {(name, "hours"): number for name, number in hours.items()}


EXPECTED: dict[str, Meaning] = {
    "Statistics": figures,
    "Temperature": trend(T_min="min", T_max="max", Temperature="mean"),
    "Rain": both(trend(Precipitations="sum"), rain_so_far),
    "Humidity": trend(Humidity_min="min", Humidity_max="max"),
    "Wind speed": trend(Wind_speed="mean"),
    "Wind rose": wind_rose,
    "Pressure": trend(Pressure="mean"),
    "Visibility": trend(Visibility="min"),
    "station": station_names,
    "Newest reading": newest_reading,
}
