"""The dashboard "Meteo": where the stations are, what they measured, on average and over time.

Wind direction is shown only as a last value: an arithmetic mean of 350° and 10° would point south.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import geomap, stat, table, timeseries
from grafana_foundation_sdk.builders.common import StackingConfig
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import GraphDrawStyle, StackingMode

from grafana.panels import board
from grafana.panels.basic import (
    TO_THE_MINUTE,
    AnyPanel,
    count,
    heading,
    properties,
    stat_tiles,
    table_panel,
    with_units,
)
from grafana.panels.charts import trend
from grafana.panels.flux import (
    BY_STATION,
    COLUMNS,
    LABELLED_BY_NUMBER,
    NEWEST_OF_EACH,
    labelled,
    means,
    placed,
    readings,
    total,
    windows,
)
from grafana.panels.maps import station_map
from grafana.panels.variables import datasource_variable, station_variable_with_all
from weather.reading import MEASURED

AVERAGED = ["Temperature", "T_min", "T_max", "Wind_speed", "Humidity_min", "Humidity_max", "Pressure", "Visibility"]
SUMMED = "Precipitations"
ORDER = [*AVERAGED[:3], SUMMED, *AVERAGED[3:]]


def dashboard() -> Dashboard:
    """Build the dashboard. Its maps show every station, the other panels the chosen ones."""
    description = "Hourly readings of weather stations: maps, averages, trends and the latest values."
    meteo = board.board("meteo", description).with_variable(datasource_variable())
    meteo.with_variable(station_variable_with_all("Stations of all panels except the maps"))
    return board.with_sections(meteo, _sections())


def _sections() -> dict[str, list[AnyPanel]]:
    return {
        "Selected stations": [
            _readings().span(3).height(6),
            _stations().span(3).height(6),
            _averages().span(18).height(6),
        ],
        "All stations": [
            _last_temperature_map().span(8).height(12),
            _mean_map("minimum", "T_min").span(8).height(12),
            _mean_map("maximum", "T_max").span(8).height(12),
        ],
        "Selected stations over time": [
            _line("Temperature", "Temperature", "Mean air temperature").span(12).height(9),
            _extremes("Minimum and maximum temperature", "T_min", "T_max").span(12).height(9),
            _rain().span(12).height(9),
            _line("Wind speed", "Wind_speed", "Mean of the 10-minute wind at 10 m").span(12).height(9),
            _extremes("Humidity", "Humidity_min", "Humidity_max").span(12).height(9),
            _line("Pressure", "Pressure", "Mean pressure at the station").span(12).height(9),
        ],
        "Selected stations in tables": [
            _averages_per_station().span(24).height(10),
            _latest().span(24).height(10),
        ],
    }


def _readings() -> stat.Panel:
    # All fields of a reading have the same time, so each time counts once per station.
    query = (
        f'{readings()}\n  |> group(columns: ["station_id"])\n  |> unique(column: "_time")\n  |> group()\n  |> count()'
    )
    return count("Readings", "Number of readings of the selected stations: one per station and hour.", query)


def _stations() -> stat.Panel:
    query = f'{readings()}\n  |> last()\n  |> group()\n  |> distinct(column: "station_id")\n  |> count()'
    return count("Stations", "Number of selected stations that reported in the time range.", query)


def _averages() -> stat.Panel:
    grouping = '  |> group(columns: ["_measurement", "_field"])\n'
    query = (
        f"means = {readings(*AVERAGED)}\n{grouping}  |> mean()\n\n"
        f"totals = {readings(SUMMED)}\n{grouping}  |> sum()\n\n"
        f'union(tables: [means, totals])\n  |> group()\n  |> pivot(rowKey: ["_measurement"], {COLUMNS})\n'
        '  |> drop(columns: ["_measurement"])'
    )
    description = "Averages over all readings of the selected stations. Rain is the total."
    return with_units(stat_tiles("Averages", description, query, ORDER), ORDER, {SUMMED: "Rain, total"})


def _averages_per_station() -> table.Panel:
    query = labelled(
        f"means = {means(*AVERAGED)}\n\n"
        f"totals = {readings(SUMMED)}\n{total('sum')}\n\n"
        f'union(tables: [means, totals])\n{BY_STATION}\n{LABELLED_BY_NUMBER}\n  |> sort(columns: ["station"])'
    )
    description = "Averages of each selected station over the time range. Rain is the total."
    panel = table_panel("Averages per station", description, query, ["station", *ORDER])
    return with_units(panel, ORDER, {SUMMED: "Rain, total"})


def _latest() -> table.Panel:
    # last() returns each field's own last value; the row of a station's newest time has only values of that time.
    query = labelled(
        f"{readings()}\n"
        "  |> last()\n"
        "  |> group()\n"
        f'  |> pivot(rowKey: ["_time", "station_id"], {COLUMNS})\n'
        '  |> group(columns: ["station_id"])\n'
        '  |> sort(columns: ["_time"])\n'
        "  |> tail(n: 1)\n"
        "  |> group()\n"
        f"{LABELLED_BY_NUMBER}\n"
        '  |> drop(columns: ["LAT", "LON"])\n'
        '  |> sort(columns: ["station"])'
    )
    names = [field.name for field in MEASURED]
    panel = table_panel("Latest readings", "Newest reading per selected station.", query, ["_time", "station", *names])
    panel.override_by_name("_time", properties(**TO_THE_MINUTE))
    return with_units(panel, names)


def _last_temperature_map() -> geomap.Panel:
    value = f"{readings('Temperature', every_station=True)}\n  |> last()\n{NEWEST_OF_EACH}"
    description = "All stations that reported, coloured by their last temperature; grey if they do not measure it."
    return station_map(
        "Last temperature per station", description, placed(value, "LAT", "LON"), "Temperature", ["Temperature"]
    )


def _mean_map(extreme: str, name: str) -> geomap.Panel:
    value = means(name, every_station=True)
    title = f"Average {extreme} temperature per station"
    description = f"Mean of the hourly {extreme} temperatures ({name}) of each station over the time range."
    return station_map(title, description, placed(value, "LAT", "LON", name), name, [name])


def _line(title: str, name: str, what: str) -> timeseries.Panel:
    return trend(title, f"{what}, one line per selected station.", {name: windows(name, "mean")})


def _extremes(title: str, low: str, high: str) -> timeseries.Panel:
    description = f"Lowest {heading(low)} (dashed) and highest {heading(high)} per window and selected station."
    queries = {low: windows(low, "min"), high: windows(high, "max")}
    return trend(title, description, queries, dashed=low)


def _rain() -> timeseries.Panel:
    panel = trend("Rain", "Rain per window, stacked by selected station.", {SUMMED: windows(SUMMED, "sum")})
    panel.draw_style(GraphDrawStyle.BARS).fill_opacity(80)
    return panel.stacking(StackingConfig().mode(StackingMode.NORMAL).group("A"))
