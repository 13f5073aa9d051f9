"""Flux for the panels: readings, the newest hour, windows over time, locations."""

from __future__ import annotations

from weather.reading import DAILY_MEASUREMENT, MEASUREMENT

COLUMNS = 'columnKey: ["_field"], valueColumn: "_value"'
BY_STATION = f'  |> group()\n  |> pivot(rowKey: ["station", "station_id"], {COLUMNS})'


HOURS_OR_DAYS = f'points = if int(v: v.windowPeriod) < int(v: 1d) then "{MEASUREMENT}" else "{DAILY_MEASUREMENT}"\n\n'
"""Defines `points`, the measurement for a panel of many stations: daily if a window is a day or wider, else hourly."""

ALL_TOGETHER = "  |> group()\n  |> window(every: v.windowPeriod)"
"""The steps that merge all series, window by window. Grouping by time would take InfluxDB ten times as long."""
AT_WINDOW_START = '  |> duplicate(column: "_start", as: "_time")'
"""The step that moves the result of a window to the window's start."""


def readings(
    *names: str,
    every_station: bool = False,
    since: str = "v.timeRangeStart",
    until: str = "v.timeRangeStop",
    measurement: str = f'"{MEASUREMENT}"',
) -> str:
    """The Flux pipeline of the named fields (all if none is named), of the chosen stations and time range.

    A query that needs it twice repeats it: InfluxDB pushes filters and aggregates down to its storage only for a
    separate pipeline. A stream variable that is used twice makes the query forty times slower.
    """
    lines = [
        "from(bucket: v.defaultBucket)",
        f"  |> range(start: {since}, stop: {until})",
        f"  |> filter(fn: (r) => r._measurement == {measurement})",
    ]
    if not every_station:
        lines.append("  |> filter(fn: (r) => r.station =~ /^${station:regex}$/)")
    if names:
        fields = " or ".join(f'r._field == "{name}"' for name in names)
        lines.append(f"  |> filter(fn: (r) => {fields})")
    return "\n".join(lines)


# A replay's "now" is the newest hour of any station in the time range; every reading has a latitude.
NEWEST = (
    f"hours = {readings('LAT', every_station=True)}\n"
    "  |> group()\n"
    "  |> last()\n"
    '  |> findColumn(fn: (key) => true, column: "_time")\n'
    "newest = if length(arr: hours) > 0 then hours[0] else v.timeRangeStart\n\n"
)
"""Defines `newest`. Without readings it is the start of the time range, because Flux has no empty time."""


def at_newest_hour(name: str) -> str:
    """The values of a field at the newest hour, one row per station."""
    pipeline = readings(name, every_station=True)
    return f"{NEWEST}{pipeline}\n  |> last()\n  |> filter(fn: (r) => r._time == newest)\n  |> group()"


def last_day(name: str) -> str:
    """Each station's sum of a field over the 24 hours up to the newest hour. They may begin before the time range.

    The sums are rounded to hundredths. So equal sums are in the order of the stations' names, despite floating-point
    errors.
    """
    pipeline = readings(name, every_station=True, since="date.sub(d: 23h, from: newest)")
    return (
        f'import "date"\n\n{NEWEST}{pipeline}\n  |> sum()\n  |> group()\n'
        "  |> map(fn: (r) => ({station: r.station, _value: float(v: int(v: r._value * 100.0 + 0.5)) / 100.0}))"
    )


def windows(name: str, function: str, *, every_station: bool = False) -> str:
    """Each station's values of a field, one per window, as a series."""
    pipeline = readings(name, every_station=every_station)
    return f'{pipeline}\n{windowed(function)}\n  |> drop(columns: ["_start", "_stop", "_measurement"])'


def windowed(function: str) -> str:
    """The step that makes one value per window, at the window's start: an hourly value keeps its hour."""
    return f'  |> aggregateWindow(every: v.windowPeriod, fn: {function}, createEmpty: false, timeSrc: "_start")'


def placed(value: str, *required: str) -> str:
    """One row per station: its location and the fields of `value`. Stations without a required field are left out."""
    exists = " and ".join(f"exists r.{name}" for name in required)
    return (
        f"place = {readings('LAT', 'LON', every_station=True)}\n  |> last()\n\n"
        f"value = {value}\n\n"
        f"union(tables: [place, value])\n{BY_STATION}\n"
        f'  |> filter(fn: (r) => {exists})\n  |> drop(columns: ["station_id"])'
    )
