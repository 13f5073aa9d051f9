"""The dashboard "Weather overview": the weather at all stations, at the newest hour and over the time range."""

from __future__ import annotations

from grafana_foundation_sdk.builders import bargauge, geomap, heatmap, stat, table, text, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models import units

from grafana.panels import board
from grafana.panels.basic import (
    FIELD_UNITS,
    HOURS,
    TO_THE_MINUTE,
    AnyPanel,
    count,
    properties,
    ranking,
    station_tile,
    table_panel,
    text_panel,
    timestamp_stat,
)
from grafana.panels.charts import MANY_STATIONS_POINTS, distribution, over_time
from grafana.panels.flux import (
    ALL_TOGETHER,
    AT_WINDOW_START,
    HOURS_OR_DAYS,
    LABELLED,
    NEWEST,
    NEWEST_OF_EACH,
    at_newest_hour,
    labelled,
    last_day,
    placed,
    readings,
    windowed,
)
from grafana.panels.maps import station_map
from grafana.panels.variables import QUANTITIES, datasource_variable, quantity_variable

SILENT_AFTER = 3
"""A station is silent if its last reading is more than this many hours before the newest reading of all."""


def dashboard() -> Dashboard:
    """Build the dashboard. It always shows every station."""
    description = "All stations at the newest hour: map, extremes, rain, silent stations; and temperatures over time."
    overview = board.board("overview", description)
    overview.with_variable(datasource_variable()).with_variable(quantity_variable())
    return board.with_sections(overview, _sections())


def _sections() -> dict[str, list[AnyPanel]]:
    return {
        "At the newest hour": [
            _newest_hour().span(4).height(4),
            _reporting().span(4).height(4),
            _coldest().span(4).height(4),
            _warmest().span(4).height(4),
            _wettest().span(4).height(4),
            _windiest().span(4).height(4),
            _quantity_map().span(14).height(16),
            _rain_of_the_day().span(10).height(16),
        ],
        "Over the time range": [
            _temperatures().span(12).height(10),
            _spread().span(12).height(10),
        ],
        "Station status": [
            _silent_stations().span(12).height(9),
            _explanation().span(12).height(9),
        ],
    }


def _newest_hour() -> stat.Panel:
    query = (
        f"{readings('LAT', every_station=True)}\n  |> group()\n  |> last()\n"
        "  |> map(fn: (r) => ({_value: float(v: int(v: r._time)) / 1000000.0}))"
    )
    return timestamp_stat(
        "Newest hour", "Hour (UTC) of the newest reading in the time range. A replay moves it forward.", query
    )


def _reporting() -> stat.Panel:
    query = f'{at_newest_hour("LAT")}\n  |> count()\n  |> keep(columns: ["_value"])'
    return count("Stations reporting", "Number of stations with a reading at the newest hour.", query)


def _coldest() -> stat.Panel:
    query = labelled(f"{at_newest_hour('Temperature')}\n{_SORTED}\n  |> limit(n: 1)\n{_AS_SERIES}")
    return station_tile("Coldest", "Station with the lowest air temperature at the newest hour.", query, "Temperature")


def _warmest() -> stat.Panel:
    query = labelled(f"{at_newest_hour('Temperature')}\n{_SORTED}\n  |> tail(n: 1)\n{_AS_SERIES}")
    return station_tile("Warmest", "Station with the highest air temperature at the newest hour.", query, "Temperature")


def _wettest() -> stat.Panel:
    query = labelled(f"{last_day('Precipitations')}\n{_SORTED}\n  |> tail(n: 1)\n{_AS_SERIES}")
    return station_tile(
        "Wettest", "Station with the most rain in the 24 hours up to the newest hour.", query, "Precipitations"
    )


def _windiest() -> stat.Panel:
    query = labelled(f"{at_newest_hour('Wind_speed')}\n{_SORTED}\n  |> tail(n: 1)\n{_AS_SERIES}")
    return station_tile("Windiest", "Station with the highest mean wind speed at the newest hour.", query, "Wind_speed")


def _quantity_map() -> geomap.Panel:
    newest = f"{readings('${quantity}', every_station=True)}\n  |> last()\n{NEWEST_OF_EACH}"
    # The colour needs a column with a fixed name; the quantity's own column shows the value with its unit.
    query = f"{placed(newest, 'LAT', 'LON', '${quantity}')}\n  |> map(fn: (r) => ({{r with colour: r.${{quantity}}}}))"
    description = "Newest value of every station in the time range. A marker links to its station."
    panel = station_map("${quantity:text}, newest value of every station", description, query, "colour", QUANTITIES)
    hidden = {"tooltip": True, "viz": False, "legend": False}
    return panel.override_by_name(
        "colour", properties(displayName="${quantity:text}", decimals=1, custom__hideFrom=hidden)
    )


def _rain_of_the_day() -> bargauge.Panel:
    query = labelled(
        f"{last_day('Precipitations')}\n"
        '  |> sort(columns: ["_value", "station"], desc: true)\n'
        "  |> limit(n: 15)\n"
        '  |> keep(columns: ["station", "station_id", "_value"])\n'
        '  |> rename(columns: {_value: "Precipitations"})'
    )
    description = "The 15 stations with the most rain in the 24 hours up to the newest hour."
    return ranking("Rain of the day", description, query, "Precipitations")


def _temperatures() -> heatmap.Panel:
    # A mean of 6 may be computed as 5.999…; the offset of a millionth keeps it in the bin that
    # starts at 6. No mean is below the first bin.
    query = (
        f'import "math"\n\n{HOURS_OR_DAYS}{_station_means()}\n'
        "  |> histogram(bins: linearBins(start: -80.000001, width: 2.0, count: 80, infinity: false))\n"
        "  |> difference()\n"
        "  |> filter(fn: (r) => r._value > 0.0)\n"
        f"{AT_WINDOW_START}\n"
        "  |> group()\n"
        '  |> sort(columns: ["le"])\n'
        "  |> map(fn: (r) => ({_time: r._time, _value: r._value, "
        "lower_bound: string(v: int(v: math.floor(x: r.le - 1.9)))}))\n"
        '  |> pivot(rowKey: ["_time"], columnKey: ["lower_bound"], valueColumn: "_value")\n'
        '  |> sort(columns: ["_time"])'
    )
    description = "Stations per window and 2 °C bin of mean temperature. A stronger colour means more stations."
    return distribution("Temperatures of all stations", description, query, units.Celsius)


def _spread() -> timeseries.Panel:
    labels = {"lowest": "Coldest station", "highest": "Warmest station", "median": "Median station"}
    functions = {"lowest": "min", "highest": "max", "median": "median"}
    description = "Lowest, median and highest of the stations' mean temperatures in each window."
    series = [
        f'    means |> {function}() |> set(key: "_field", value: "{name}"),\n' for name, function in functions.items()
    ]
    query = (
        f"{HOURS_OR_DAYS}means = {_station_means()}\n\n"
        f"union(\n  tables: [\n{''.join(series)}  ],\n)\n{AT_WINDOW_START}\n"
        '  |> group(columns: ["_field"])\n'
        '  |> keep(columns: ["_time", "_field", "_value"])'
    )
    panel = over_time("Temperature spread", description, query).unit(FIELD_UNITS["Temperature"])
    panel.max_data_points(MANY_STATIONS_POINTS)
    for name, color in {"lowest": "blue", "median": "green", "highest": "red"}.items():
        panel.override_by_name(name, properties(displayName=labels[name], color={"mode": "fixed", "fixedColor": color}))
    return panel.override_by_name("highest", properties(custom__fillBelowTo=labels["lowest"], custom__fillOpacity=15))


def _station_means() -> str:
    """Each station's mean temperature in each window, one table per window."""
    pipeline = readings("Temperature", every_station=True, measurement="points")
    return f"{pipeline}\n{windowed('mean')}\n{ALL_TOGETHER}"


def _silent_stations() -> table.Panel:
    query = labelled(
        f"{NEWEST}{readings('LAT', every_station=True)}\n  |> last()\n{NEWEST_OF_EACH}\n  |> group()\n{LABELLED}\n"
        "  |> map(fn: (r) => ({station: r.station, station_id: r.station_id, _time: r._time, "
        "silent: float(v: int(v: newest) - int(v: r._time)) / 3600000000000.0}))\n"
        f"  |> filter(fn: (r) => r.silent > {SILENT_AFTER:.1f})\n"
        '  |> sort(columns: ["silent", "station"], desc: true)'
    )
    description = f"Stations whose last reading is more than {SILENT_AFTER} hours older than the newest of all."
    panel = table_panel("Silent stations", description, query, ["station", "_time", "silent"])
    panel.no_value("No station is silent")
    panel.override_by_name("_time", properties(displayName="Last reading", **TO_THE_MINUTE))
    return panel.override_by_name("silent", properties(displayName="Silent for", unit=HOURS, decimals=0))


def _explanation() -> text.Panel:
    markdown = (
        "Hourly readings travel **source → streamer → Kafka → Spark → InfluxDB**. The time of a point is the hour of "
        "the observation (UTC), not the hour of its arrival.\n\n"
        "- **Newest hour** is the hour of the newest reading within the selected time range. A replay moves it "
        "forward; the orange line in the charts marks it.\n"
        "- **Map**: select the quantity at the top. Markers, tiles, bars and table rows link to their station.\n"
        "- **Rain of the day** is the sum of the 24 hours up to the newest hour.\n"
        f"- **Silent stations** are more than {SILENT_AFTER} hours behind the newest reading of all stations.\n\n"
        "The shipped data are Météo-France's hourly observations of Brittany, January 2014."
    )
    return text_panel("About this dashboard", "Source of the data and meaning of the panels.", markdown)


_SORTED = f'{LABELLED}\n  |> sort(columns: ["_value", "station"])'
_AS_SERIES = (
    "  |> map(fn: (r) => ({_time: newest, _value: r._value, station: r.station, station_id: r.station_id}))\n"
    '  |> group(columns: ["station", "station_id"])'
)
"""The step that makes a series of one value, with the station as its labels."""
