"""The template of a described table's dashboard: one chart for each quantity, the latest rows, a map.

The names in angle brackets stand for those of the description. `stack.common.own_dashboard` puts them in at each
set-up, once for each quantity where the template has one panel; it needs no package.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import geomap, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from grafana.panels import board
from grafana.panels.basic import TO_THE_MINUTE, AnyPanel, count, properties, table_panel, timestamp_stat
from grafana.panels.charts import over_time
from grafana.panels.flux import (
    COLUMNS,
    LABELLED_BY_NUMBER,
    NEWEST_OF_EACH,
    labelled,
    placed,
    readings,
    series,
    windowed,
)
from grafana.panels.maps import marker_map
from grafana.panels.variables import datasource_variable, station_variable_with_all

MEASUREMENT, FIELD, TITLE, FIRST = "<measurement>", "<field>", "<title>", "<first field>"
WAITING = "No rows in this time range yet"


def dashboard() -> Dashboard:
    """Build the template."""
    table_board = (
        Dashboard(TITLE)
        .uid("<uid>")
        .description(f"{TITLE}: the quantities of a described table, in a chart each.")
        .tags(["own data"])
        .readonly()
        .timezone("utc")
        .time("now-7d", "now")
        .refresh("10s")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .annotations([])
        .with_variable(datasource_variable())
        .with_variable(station_variable_with_all("What to show", STATIONS))
    )
    sections: dict[str, list[AnyPanel]] = {
        "At a glance": [
            _rows().span(8).height(4),
            _stations().span(8).height(4),
            _newest().span(8).height(4),
        ],
        "Over time": [_quantity().span(12).height(9)],
        "Latest rows": [_map().span(10).height(12), _latest().span(14).height(12)],
    }
    return board.with_sections(table_board, sections)


def _of_the_table(*names: str, every_station: bool = False) -> str:
    return readings(*names, every_station=every_station, measurement=f'"{MEASUREMENT}"')


STATIONS = _of_the_table(every_station=True)


def _rows() -> stat.Panel:
    query = (
        f"{_of_the_table()}\n"
        '  |> group(columns: ["station_id"])\n'
        '  |> unique(column: "_time")\n'
        "  |> group()\n"
        "  |> count()"
    )
    return count("Rows", "Number of rows in the time range.", query)


def _stations() -> stat.Panel:
    query = f'{_of_the_table()}\n  |> last()\n  |> group()\n  |> distinct(column: "station_id")\n  |> count()'
    return count("Stations", "Number of stations, or sensors, with rows in the time range.", query)


def _newest() -> stat.Panel:
    query = (
        f"{_of_the_table()}\n  |> last()\n  |> group()\n"
        '  |> sort(columns: ["_time"])\n  |> tail(n: 1)\n'
        "  |> map(fn: (r) => ({_value: float(v: int(v: r._time)) / 1000000.0}))"
    )
    return timestamp_stat("Newest row", "Time of the newest row in the time range, in UTC.", query)


def _quantity() -> timeseries.Panel:
    query = series(f"{_of_the_table(FIELD)}\n{windowed('mean')}", STATIONS)
    panel = over_time(TITLE, "Mean per window, one line per station.", query).unit("<unit>").interval("1s")
    panel.no_value(WAITING)
    return panel.override_by_name(FIELD, properties(displayName="${__field.labels.station}"))


def _latest() -> table.Panel:
    query = labelled(
        f"{_of_the_table()}\n"
        "  |> last()\n"
        "  |> group()\n"
        f'  |> pivot(rowKey: ["_time", "station_id"], {COLUMNS})\n'
        '  |> group(columns: ["station_id"])\n'
        '  |> sort(columns: ["_time"])\n'
        "  |> tail(n: 1)\n"
        "  |> group()\n"
        f"{LABELLED_BY_NUMBER}\n"
        '  |> sort(columns: ["station"])',
        STATIONS,
    )
    panel = table_panel("Latest rows", "The newest row of each station.", query, ["_time", "station_id"])
    panel.override_by_name("_time", properties(**TO_THE_MINUTE))
    panel.override_by_name("station", properties(displayName="Station"))
    return panel.no_value(WAITING)


def _map() -> geomap.Panel:
    value = f"{_of_the_table(FIRST, every_station=True)}\n  |> last()\n{NEWEST_OF_EACH}"
    query = placed(value, "LAT", "LON", measurement=f'"{MEASUREMENT}"')
    panel = marker_map("Stations", "Where the stations are, coloured by their last value.", query, FIRST)
    return panel.no_value(WAITING).unit(units.NoUnit)
