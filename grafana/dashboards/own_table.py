"""The template of a described table's dashboard: one chart for each quantity, the latest rows, a map.

The names in angle brackets stand for those of the description. `stack.common.own_dashboard` puts them in at each
set-up, once for each quantity where the template has one panel; it needs no package.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import geomap, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from grafana.panels import board
from grafana.panels.basic import DATASOURCE, TO_THE_MINUTE, AnyPanel, count, properties, table_panel, timestamp_stat
from grafana.panels.charts import over_time
from grafana.panels.flux import COLUMNS, windowed
from grafana.panels.maps import marker_map
from grafana.panels.variables import datasource_variable

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
        .with_variable(_station_variable())
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


def _of_the_table(*, every_station: bool = False) -> str:
    lines = [
        "from(bucket: v.defaultBucket)",
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)",
        f'  |> filter(fn: (r) => r._measurement == "{MEASUREMENT}")',
    ]
    if not every_station:
        lines.append("  |> filter(fn: (r) => r.station =~ /^${station:regex}$/)")
    return "\n".join(lines)


def _station_variable() -> QueryVariable:
    query = (
        'import "influxdata/influxdb/schema"\n\n'
        'schema.tagValues(bucket: v.defaultBucket, tag: "station", '
        f'predicate: (r) => r._measurement == "{MEASUREMENT}", start: 0)'
    )
    everything = model.VariableOption(selected=True, text=["All"], value=["$__all"])
    return (
        QueryVariable("station")
        .label("Station")
        .description("What to show")
        .datasource(DATASOURCE)
        .query(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(everything)
    )


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
    query = (
        f"{_of_the_table()}\n"
        f'  |> filter(fn: (r) => r._field == "{FIELD}")\n'
        f"{windowed('mean')}\n"
        '  |> keep(columns: ["_time", "_value", "_field", "station"])'
    )
    panel = over_time(TITLE, "Mean per window, one line per station.", query).unit("<unit>").interval("1s")
    panel.no_value(WAITING)
    return panel.override_by_name(FIELD, properties(displayName="${__field.labels.station}"))


def _latest() -> table.Panel:
    query = (
        f"{_of_the_table()}\n"
        "  |> last()\n"
        "  |> group()\n"
        f'  |> pivot(rowKey: ["_time", "station", "station_id"], {COLUMNS})\n'
        '  |> group(columns: ["station", "station_id"])\n'
        '  |> sort(columns: ["_time"])\n'
        "  |> tail(n: 1)\n"
        "  |> group()\n"
        '  |> drop(columns: ["_start", "_stop", "_measurement"])\n'
        '  |> sort(columns: ["station"])'
    )
    panel = table_panel("Latest rows", "The newest row of each station.", query, ["_time", "station_id"])
    panel.override_by_name("_time", properties(**TO_THE_MINUTE)).override_by_name(
        "station", properties(displayName="Station")
    )
    return panel.no_value(WAITING)


def _map() -> geomap.Panel:
    query = (
        f"{_of_the_table(every_station=True)}\n"
        f'  |> filter(fn: (r) => r._field == "LAT" or r._field == "LON" or r._field == "{FIRST}")\n'
        "  |> last()\n"
        "  |> group()\n"
        f'  |> pivot(rowKey: ["station", "station_id"], {COLUMNS})\n'
        "  |> filter(fn: (r) => exists r.LAT and exists r.LON)\n"
        '  |> drop(columns: ["station_id"])'
    )
    panel = marker_map("Stations", "Where the stations are, coloured by their last value.", query, FIRST)
    return panel.no_value(WAITING).unit(units.NoUnit)
