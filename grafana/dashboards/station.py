"""The dashboard "Station": everything that one station measured. Several chosen stations follow one another."""

from __future__ import annotations

from grafana_foundation_sdk.builders import barchart, table, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard

from grafana.panels import board
from grafana.panels.basic import FIELD_UNITS, HIDDEN, HOURS, AnyPanel, properties, table_panel
from grafana.panels.charts import band, bars, bars_with_total, trend
from grafana.panels.flux import LABELLED_BY_NUMBER, NEWEST_OF_EACH, labelled, means, readings, total, windows
from grafana.panels.variables import datasource_variable, station_variable
from weather.reading import MEASURED

SUMMED = ["Precipitations", "Precipitations_dur"]
NAMES = [field.name for field in MEASURED]
RANGED = [name for name in NAMES if name != "Wind_dir"]
AVERAGED = [name for name in RANGED if name not in SUMMED]
WIDTHS = {"quantity": 120, "unit": 70}
"""Width in pixels of the columns of "Statistics" that hold text. The others hold numbers."""
SECTORS = ["calm", "N", "NE", "E", "SE", "S", "SW", "W", "NW"]


def dashboard() -> Dashboard:
    """Build the dashboard. Its panels are repeated for each chosen station."""
    station = board.board(
        "station", "One station: statistics, temperature, rain, wind, humidity, pressure, visibility."
    )
    station.with_variable(datasource_variable())
    station.with_variable(station_variable("Stations to show. Each gets its own row of panels."))
    return board.with_sections(station, _sections(), repeat="station")


def _sections() -> dict[str, list[AnyPanel]]:
    charts: list[AnyPanel] = [_rain(), _humidity(), _wind_speed(), _wind_rose(), _pressure(), _visibility()]
    charts = [_temperature().height(13), *(panel.height(9) for panel in charts)]
    # Few stations measure everything. A table would show this text in each empty cell.
    charts = [panel.no_value("Not measured at this station") for panel in charts]
    return {"${station}": [panel.span(12) for panel in [_figures().height(13), *charts]]}


def _figures() -> table.Panel:
    unit_of = ", ".join(f'"{field.name}": "{field.unit}"' for field in MEASURED)
    query = labelled(
        f"units = [{unit_of}]\n\n"
        f"latest = {readings(*NAMES)}\n  |> last()\n{NEWEST_OF_EACH}\n{_statistic('latest')}\n\n"
        f"lowest = {readings(*RANGED)}\n{total('min')}\n{_statistic('lowest')}\n\n"
        f"mean = {means(*AVERAGED)}\n{_statistic('mean')}\n\n"
        f"highest = {readings(*RANGED)}\n{total('max')}\n{_statistic('highest')}\n\n"
        f"total = {readings(*SUMMED)}\n{total('sum')}\n{_statistic('total')}\n\n"
        "union(tables: [latest, lowest, mean, highest, total])\n"
        "  |> group()\n"
        '  |> pivot(rowKey: ["station_id", "_field"], columnKey: ["statistic"], valueColumn: "_value")\n'
        f"{LABELLED_BY_NUMBER}\n"
        '  |> map(fn: (r) => ({r with quantity: strings.replaceAll(v: r._field, t: "_", u: " "), '
        'unit: dict.get(dict: units, key: r._field, default: "")}))\n'
        '  |> drop(columns: ["_field"])\n'
        '  |> sort(columns: ["station", "quantity"])'
    )
    order = ["station", "quantity", "unit", "latest", "lowest", "mean", "highest", "total"]
    description = (
        "Latest, lowest, mean and highest value of each quantity in the time range. Rain has a total instead of a mean."
    )
    panel = table_panel("Statistics", description, query, order).decimals(1)
    panel.override_by_name("station", properties(**HIDDEN))  # the row names it
    for name in order[1:]:
        panel.override_by_name(name, properties(custom__width=WIDTHS.get(name, 86)))
    return panel


def _statistic(name: str) -> str:
    return f'  |> keep(columns: ["station_id", "_field", "_value"])\n  |> set(key: "statistic", value: "{name}")'


def _temperature() -> timeseries.Panel:
    description = "Mean air temperature per window (line), and its range from the lowest to the highest value (area)."
    return band(
        "Temperature", description, FIELD_UNITS["Temperature"],
        ("T_min", windows("T_min", "min")), ("T_max", windows("T_max", "max")),
        ("Temperature", windows("Temperature", "mean")),
    )  # fmt: skip


def _rain() -> timeseries.Panel:
    fallen = windows("Precipitations", "sum")
    total = f'{fallen}\n  |> cumulativeSum()\n  |> set(key: "_field", value: "Rain_so_far")'
    description = "Rain per window (bars), and the running total since the start of the time range (line, right axis)."
    return bars_with_total(
        "Rain", description, ("Precipitations", fallen), ("Rain_so_far", total), FIELD_UNITS["Precipitations"]
    )


def _humidity() -> timeseries.Panel:
    description = "Lowest and highest relative humidity per window."
    return band(
        "Humidity", description, FIELD_UNITS["Humidity_min"],
        ("Humidity_min", windows("Humidity_min", "min")), ("Humidity_max", windows("Humidity_max", "max")),
    )  # fmt: skip


def _wind_speed() -> timeseries.Panel:
    description = "Mean of the 10-minute wind at 10 m, per window."
    return trend("Wind speed", description, {"Wind_speed": windows("Wind_speed", "mean")})


def _wind_rose() -> barchart.Panel:
    # Each sector starts with 0 hours, so that all sectors are shown, in order.
    none = ", ".join(f"{{sector: {at}, hours: 0}}" for at in range(len(SECTORS)))
    names = ", ".join(f'"{name}"' for name in SECTORS)
    query = (
        'import "array"\n\n'
        f"names = [{names}]\nnone = array.from(rows: [{none}])\n\n"
        f"blown = {readings('Wind_dir')}\n"
        "  |> group()\n"
        "  |> map(fn: (r) => ({hours: 1, "
        "sector: if r._value == 0.0 then 0 else int(v: (r._value + 22.5) / 45.0) % 8 + 1}))\n\n"
        "union(tables: [none, blown])\n"
        '  |> group(columns: ["sector"])\n'
        '  |> sum(column: "hours")\n'
        "  |> group()\n"
        '  |> sort(columns: ["sector"])\n'
        "  |> map(fn: (r) => ({sector: names[r.sector], hours: r.hours}))"
    )
    description = "Hours of wind from each sector of 45°. North is 337.5° to 22.5°."
    return bars("Wind rose", description, query, "sector", "hours", HOURS)


def _pressure() -> timeseries.Panel:
    description = "Mean pressure at the station, per window."
    return trend("Pressure", description, {"Pressure": windows("Pressure", "mean")})


def _visibility() -> timeseries.Panel:
    description = "Lowest visibility per window."
    return trend("Visibility", description, {"Visibility": windows("Visibility", "min")})
