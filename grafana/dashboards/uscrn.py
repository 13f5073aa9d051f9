"""The dashboard "USCRN": 5-minute stations hour by hour, the hottest station of each hour, and outliers.

A point has the local standard time of its station. So the same hour of the day is at the same place on the axis for all
stations, and "the hottest station of hour 15" is one point in time.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, geomap, stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.builders.dashboard import AnnotationQuery, Dashboard, FieldColor
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import units

from grafana.panels import board
from grafana.panels.basic import (
    TO_THE_MINUTE,
    AnyPanel,
    count,
    described,
    properties,
    table_panel,
    text_panel,
    timestamp_stat,
)
from grafana.panels.charts import over_time
from grafana.panels.flux import windowed
from grafana.panels.maps import marker_map
from grafana.panels.variables import datasource_variable
from weather.uscrn import EVERY_MINUTES, HOTTEST, HOURLY, OUTLIERS

READINGS_AN_HOUR = 60 // EVERY_MINUTES
MAX_OUTLIERS = 500
DROPPED = '  |> drop(columns: ["_start", "_stop", "_measurement", "station_id"])'


def dashboard() -> Dashboard:
    """Build the dashboard. It always shows every station."""
    description = "5-minute stations: hourly means, the hottest station of each hour, outliers, completeness."
    uscrn = board.board("uscrn", description)
    uscrn.annotations([_outlier_events()]).with_variable(datasource_variable())
    return board.with_sections(uscrn, _sections())


def _sections() -> dict[str, list[AnyPanel]]:
    return {
        "At a glance": [
            _newest_hour().span(5).height(4),
            _stations().span(4).height(4),
            _complete().span(5).height(4),
            _outliers().span(5).height(4),
            _hottest().span(5).height(4),
        ],
        "Hour by hour": [
            _hourly_means().span(16).height(10),
            _map().span(8).height(10),
            _hottest_stations().span(24).height(6),
            _hottest_temperature().span(12).height(8),
            _readings_per_hour().span(12).height(8),
        ],
        "Data quality": [
            _outlier_table().span(14).height(10),
            _explanation().span(10).height(10),
        ],
    }


def of(measurement: str, *fields: str) -> str:
    """The Flux pipeline of these fields of a measurement, in the time range."""
    named = " or ".join(f'r._field == "{field}"' for field in fields)
    return (
        "from(bucket: v.defaultBucket)\n"
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n"
        f'  |> filter(fn: (r) => r._measurement == "{measurement}")\n'
        f"  |> filter(fn: (r) => {named})"
    )


def _newest_hour() -> stat.Panel:
    query = (
        f'{of(HOURLY, "count")}\n  |> group()\n  |> sort(columns: ["_time"])\n  |> last()\n'
        "  |> map(fn: (r) => ({_value: float(v: int(v: r._time)) / 1000000.0}))"
    )
    return timestamp_stat("Newest complete hour", "Newest hour of any station, in its local standard time.", query)


def _stations() -> stat.Panel:
    query = f'{of(HOURLY, "count")}\n  |> last()\n  |> group()\n  |> count()\n  |> keep(columns: ["_value"])'
    return count("5-minute stations", "Number of stations with a complete hour in the time range.", query)


def _complete() -> stat.Panel:
    query = (
        f"{of(HOURLY, 'count')}\n  |> group()\n  |> mean()\n"
        f"  |> map(fn: (r) => ({{_value: r._value / {READINGS_AN_HOUR:.1f}}}))"
    )
    description = f"Share of the {READINGS_AN_HOUR} readings per hour that count for the mean, over hours with a mean."
    return count("Share of valid readings", description, query).unit(units.PercentUnit).decimals(2).no_value("-")


def _outliers() -> stat.Panel:
    query = f'{of(OUTLIERS, "temp")}\n  |> group()\n  |> count()\n  |> keep(columns: ["_value"])'
    return count("Outliers", "Number of readings that are missing, outside the limits, spikes or stuck.", query)


def _hottest() -> stat.Panel:
    query = f'{of(HOTTEST, "max_temp")}\n  |> group()\n  |> max()\n  |> keep(columns: ["_value"])'
    return count("Highest temperature", "Highest reading of any station.", query).unit(units.Celsius).decimals(1)


def _hourly_means() -> timeseries.Panel:
    query = f"{of(HOURLY, 'mean_temp')}\n{windowed('mean')}\n{DROPPED}"
    description = "Mean air temperature per hour and station. Red marks: the first outlier of a station, kind and day."
    panel = over_time("Hourly mean temperature", description, query).unit(units.Celsius)
    return panel.override_by_name("mean_temp", properties(displayName="${__field.labels.station}"))


def _map() -> geomap.Panel:
    query = (
        f"{of(HOURLY, 'LAT', 'LON', 'mean_temp', 'count')}\n  |> last()\n  |> group()\n"
        '  |> pivot(rowKey: ["station"], columnKey: ["_field"], valueColumn: "_value")\n'
        '  |> keep(columns: ["station", "LAT", "LON", "mean_temp", "count"])'
    )
    panel = marker_map("Newest hourly mean", "Mean temperature of each station in its newest hour.", query, "mean_temp")
    panel.override_by_name("mean_temp", properties(displayName="Mean temperature", unit=units.Celsius, decimals=1))
    return panel.override_by_name("count", properties(displayName="Readings", decimals=0))


def _hottest_stations() -> statetimeline.Panel:
    # One lane per station, with its temperature in the hours in which it is the hottest.
    query = (
        f"{of(HOTTEST, 'station', 'max_temp')}\n"
        '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")\n  |> group()\n'
        '  |> pivot(rowKey: ["_time"], columnKey: ["station"], valueColumn: "max_temp")\n'
        '  |> sort(columns: ["_time"])'
    )
    description = "Station with the highest reading of each hour, coloured by it. Only in mode partitioned."
    panel = described(statetimeline.Panel(), "Hottest station of each hour", description, query).unit(units.Celsius)
    panel.decimals(1).merge_values(False).show_value(values.VisibilityMode.AUTO).row_height(0.9)
    panel.legend(common.VizLegendOptions().show_legend(False).display_mode(values.LegendDisplayMode.LIST).calcs([]))
    return panel.color_scheme(FieldColor().mode(model.FieldColorModeId.CONTINUOUS_BL_YL_RD))


def _hottest_temperature() -> timeseries.Panel:
    query = f"{of(HOTTEST, 'max_temp')}\n{windowed('max')}\n{DROPPED}"
    panel = over_time("Highest temperature of each hour", "Highest reading of any station in each hour.", query)
    colour = {"mode": "fixed", "fixedColor": "red"}
    return panel.unit(units.Celsius).override_by_name("max_temp", properties(displayName="Hottest", color=colour))


def _readings_per_hour() -> timeseries.Panel:
    query = f"{of(HOURLY, 'count')}\n{windowed('mean')}\n{DROPPED}"
    description = (
        f"Readings that count for the mean of an hour: {READINGS_AN_HOUR} if none is missing or outside the limits. "
        "An hour without a valid reading has no mean and no point."
    )
    panel = over_time("Readings per hour", description, query).unit(units.NoUnit).min(0).max(READINGS_AN_HOUR)
    return panel.override_by_name("count", properties(displayName="${__field.labels.station}"))


def _outlier_table() -> table.Panel:
    query = (
        f'{of(OUTLIERS, "temp")}\n  |> group()\n  |> sort(columns: ["_time", "station"], desc: true)\n'
        f"  |> limit(n: {MAX_OUTLIERS})\n"
        '  |> rename(columns: {station: "name", _value: "reading"})\n'
        '  |> keep(columns: ["_time", "name", "kind", "reading"])'
    )
    description = f"The newest {MAX_OUTLIERS} outliers with the value that the station sent; -9999 means missing."
    panel = table_panel("Outliers, newest first", description, query, ["_time", "name", "kind", "reading"])
    panel.override_by_name("reading", properties(unit=units.Celsius, decimals=1))
    panel.override_by_name("name", properties(displayName="Station"))
    panel.override_by_name("_time", properties(**TO_THE_MINUTE))
    return panel.no_value("No outliers")


def _outlier_events() -> AnnotationQuery:
    """One event per kind, station and day: hundreds of events of a stuck sensor would hide the charts.

    Missing readings have no event, because the panel "Readings per hour" shows them.
    """
    query = (
        f'{of(OUTLIERS, "temp")}\n  |> filter(fn: (r) => r.kind != "missing")\n'
        "  |> window(every: 1d)\n  |> first()\n  |> group()\n"
        '  |> map(fn: (r) => ({_time: r._time, text: r.kind + ": " + r.station}))'
    )
    return board.events("Outlier events", "red", query)


def _explanation() -> text.Panel:
    markdown = (
        "5-minute rows travel **streamer → Kafka → Spark → Kafka and InfluxDB**. All times on this dashboard are the "
        "local standard time of the station, without daylight saving time.\n\n"
        "- **An hour** is written once, when it is complete. Hour 12 is 12:00 to 12:55.\n"
        "- **missing** and **limit** (below -60 or above 60 °C) are excluded from means.\n"
        "- **spike** (far from the median of the hours before) and **stuck** (unchanged for hours) are marked but "
        "included in means: the front of a thunderstorm looks like a spike.\n"
        "- **Hottest** is the station with the highest reading of the hour. Of equally hot stations it is the one with "
        "the lowest number.\n\n"
        "The shipped files are *constructed*: real weather of Austin, shifted for the other stations, with faults "
        "added on purpose. Details: `docs/uscrn.md`."
    )
    return text_panel("About this dashboard", "Source of the data and rules of the job.", markdown)
