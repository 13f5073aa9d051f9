"""The dashboard "Station statistics": what each station has reported so far, and how its statistics developed."""

from __future__ import annotations

from grafana_foundation_sdk.builders import stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models import units

from grafana.panels import board
from grafana.panels.basic import AnyPanel, count, properties, table_panel
from grafana.panels.charts import over_time
from grafana.panels.daily_flux import BY_DAY, statistics
from grafana.panels.flux import LABELLED_BY_NUMBER, NEWEST_OF_EACH, labelled, series, windowed
from grafana.panels.variables import datasource_variable

LABELS = {
    "_time": "End", "avg": "Average", "min": "Minimum", "max": "Maximum", "rainy_share": "Rainy days",
}  # fmt: skip
FROM_FIRST_DAY = "Waiting for the first complete day of data: about 90 seconds after the start at the default rate"
STATIONS = statistics("measurements")
ORDER = ["station", "start", "_time", "measurements", "avg", "min", "max", "rainy_share"]


def dashboard() -> Dashboard:
    """Build the dashboard. It always shows every station."""
    description = "Daily reports of each station to date: first and last day, number, average, extremes, rainy days."
    statistics_board = board.board("statistics", description)
    statistics_board.with_variable(datasource_variable())
    sections: dict[str, list[AnyPanel]] = {
        "Statistics to date": [
            _stations().span(12).height(4),
            _reports().span(12).height(4),
            _table().span(24).height(14),
        ],
        "Statistics over time": [
            _trend("Average to date", "Average per station over all days up to each day.", "avg").span(12).height(10),
            _rainy().span(12).height(10),
        ],
    }
    return board.with_sections(statistics_board, sections)


def _stations() -> stat.Panel:
    query = (
        f"{statistics('measurements')}\n  |> last()\n{NEWEST_OF_EACH}\n  |> group()\n"
        '  |> count()\n  |> keep(columns: ["_value"])'
    )
    return count("Stations with statistics", "Number of stations with at least one daily report.", query)


def _reports() -> stat.Panel:
    query = (
        f"{statistics('measurements')}\n  |> last()\n{NEWEST_OF_EACH}\n  |> group()\n"
        '  |> sum()\n  |> keep(columns: ["_value"])'
    )
    return count("Daily reports", "Number of daily reports of all stations. A repeated report counts once.", query)


def _table() -> table.Panel:
    names = ("start", "measurements", "avg", "min", "max", "rainy_share")
    query = labelled(
        f"{statistics(*names)}\n  |> last()\n{NEWEST_OF_EACH}\n{BY_DAY}\n"
        f'{LABELLED_BY_NUMBER}\n  |> sort(columns: ["station"])',
        STATIONS,
    )
    description = "Statistics of each station up to its newest day in the time range, in the degrees of the source."
    panel = table_panel("Statistics of each station", description, query, ORDER).decimals(2)
    for name, label in LABELS.items():
        panel.override_by_name(name, properties(displayName=label))
    panel.override_by_name("measurements", properties(decimals=0))
    panel.override_by_name("start", properties(unit="time:YYYY-MM-DD", custom__align="left"))
    panel.override_by_name("_time", properties(unit="time:YYYY-MM-DD"))
    panel.override_by_name("rainy_share", properties(unit=units.PercentUnit, decimals=1))
    return panel.no_value(FROM_FIRST_DAY)


def _rainy() -> timeseries.Panel:
    description = "Share of rainy days of each station among all days up to each day."
    return _trend("Share of rainy days to date", description, "rainy_share").unit(units.PercentUnit)


def _trend(title: str, description: str, name: str) -> timeseries.Panel:
    query = series(f"{statistics(name)}\n{windowed('last')}", STATIONS)
    panel = over_time(title, description, query).interval("24h").no_value(FROM_FIRST_DAY)
    return panel.override_by_name(name, properties(displayName="${__field.labels.station}"))
