"""Flux for the panels: readings, labels of stations, the newest hour, windows over time, locations.

A station is its number: its name is a label, which may change, and which another station may have too. So the queries
group by `station_id` and put the label in at their end.
"""

from __future__ import annotations

from weather.reading import DAILY_MEASUREMENT, MEASUREMENT

COLUMNS = 'columnKey: ["_field"], valueColumn: "_value"'
BY_STATION = f'  |> group()\n  |> pivot(rowKey: ["station_id"], {COLUMNS})'
KEPT = '  |> keep(columns: ["station_id", "_field", "_value"])'
"""The step before a union: Flux unites only tables of the same type."""
NEWEST_OF_EACH = '  |> group(columns: ["station_id", "_field"])\n  |> sort(columns: ["_time"])\n  |> tail(n: 1)'
"""The step after `last()`: a station that was renamed has a last value under each name."""

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
        lines.append("  |> filter(fn: (r) => r.station_id =~ /^${station:regex}$/)")
    if names:
        fields = " or ".join(f'r._field == "{name}"' for name in names)
        lines.append(f"  |> filter(fn: (r) => {fields})")
    return "\n".join(lines)


LABEL_IMPORTS = ('import "array"', 'import "dict"', 'import "strings"')
PLACES = readings("LAT", every_station=True)
"""Every station of the time range, with the name of each of its readings: each has a latitude."""
DEFINES_LABEL = (
    '  |> last()\n  |> group(columns: ["station_id"])\n\n'
    'stations = named |> sort(columns: ["_time"]) |> tail(n: 1) |> group()\n'
    'names = stations |> findColumn(fn: (key) => true, column: "station")\n'
    "twins = (name) => length(arr: array.filter(arr: names, fn: (x) => x == name)) > 1\n"
    'pairs = stations\n  |> map(fn: (r) => ({pair: r.station_id + "\\t" + r.station '
    '+ (if twins(name: r.station) then " " + r.station_id else "")}))\n'
    '  |> findColumn(fn: (key) => true, column: "pair")\n'
    'split = (pair) => strings.split(v: pair, t: "\\t")\n'
    'labels = dict.fromList(pairs: array.map(arr: array.concat(arr: pairs, v: ["\\t"]), '
    "fn: (x) => ({key: split(pair: x)[0], value: split(pair: x)[1]})))\n"
    "label = (id, name) => dict.get(dict: labels, key: id, default: name)\n\n"
)
SHOWN = 'keep(columns: ["_time", "_value", "_field", "station", "station_id"])'
DEFINES_RELABEL = (
    'twin = stations |> filter(fn: (r) => twins(name: r.station)) |> findColumn(fn: (key) => true, column: "station")\n'
    'renamed = named\n  |> keep(columns: ["station_id", "station"])\n  |> unique(column: "station")\n'
    '  |> count(column: "station")\n  |> group()\n  |> filter(fn: (r) => r.station > 1)\n'
    '  |> findColumn(fn: (key) => true, column: "station_id")\n'
    f"relabel = (tables=<-) => if length(arr: twin) + length(arr: renamed) == 0 then tables |> {SHOWN} else tables\n"
    "  |> map(fn: (r) => ({r with station: label(id: r.station_id, name: r.station)}))\n"
    f'  |> group(columns: ["station", "station_id", "_field"])\n  |> sort(columns: ["_time"])\n  |> {SHOWN}\n\n'
)
"""Defines `relabel`, which puts the labels into series. It looks at each row only if a label differs from a name: that
takes longer than to read the rows."""
LABELLED = "  |> map(fn: (r) => ({r with station: label(id: r.station_id, name: r.station)}))"
LABELLED_BY_NUMBER = "  |> map(fn: (r) => ({r with station: label(id: r.station_id, name: r.station_id)}))"
"""The steps that set the label of rows that have a name, or only a number."""


def labelled(query: str, stations: str = PLACES) -> str:
    """The query, with the definitions of `named`, `stations` and `label` after its imports.

    `label` is the newest name of a station in the time range, with its number if another station has that name.
    `stations`: the Flux pipeline of a field that has a value for each station.
    """
    lines = query.split("\n")
    imports = [line for line in lines if line.startswith("import ")]
    rest = "\n".join(line for line in lines if not line.startswith("import ")).lstrip("\n")
    return "\n".join(dict.fromkeys([*LABEL_IMPORTS, *imports])) + f"\n\nnamed = {stations}\n{DEFINES_LABEL}{rest}"


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
    errors. Needs `label`.
    """
    pipeline = readings(name, every_station=True, since="date.sub(d: 23h, from: newest)")
    return (
        f'import "date"\n\n{NEWEST}{pipeline}\n{total("sum")}\n  |> group()\n{LABELLED_BY_NUMBER}\n'
        "  |> map(fn: (r) => ({r with _value: float(v: int(v: r._value * 100.0 + 0.5)) / 100.0}))"
    )


def total(function: str) -> str:
    """The steps that aggregate each station's field with `sum`, `min` or `max`, whatever the station was called."""
    return f'  |> {function}()\n  |> group(columns: ["station_id", "_field"])\n  |> {function}()'


def means(*names: str, every_station: bool = False) -> str:
    """Each station's mean of fields, whatever the station was called: one table of `station_id`, `_field`, `_value`.

    It divides sums by counts, because InfluxDB's storage computes those, but not means across series.
    """
    pipeline = readings(*names, every_station=every_station)
    return (
        "union(\n  tables: [\n"
        f'    {pipeline}\n  |> sum()\n  |> set(key: "statistic", value: "sum"),\n'
        f'    {pipeline}\n  |> count()\n  |> toFloat()\n  |> set(key: "statistic", value: "count"),\n'
        "  ],\n)\n"
        '  |> group(columns: ["station_id", "_field", "statistic"])\n  |> sum()\n  |> group()\n'
        '  |> pivot(rowKey: ["station_id", "_field"], columnKey: ["statistic"], valueColumn: "_value")\n'
        "  |> map(fn: (r) => ({station_id: r.station_id, _field: r._field, _value: r.sum / r.count}))"
    )


def windows(name: str, function: str, *, every_station: bool = False) -> str:
    """Each station's values of a field, one per window, as a series with the station's label."""
    return series(f"{readings(name, every_station=every_station)}\n{windowed(function)}")


def series(pipeline: str, stations: str = PLACES) -> str:
    """The query whose windows become one series for each station and field, with the station's label."""
    return labelled(f"{DEFINES_RELABEL}{pipeline}\n  |> relabel()", stations)


def windowed(function: str) -> str:
    """The step that makes one value per window, at the window's start: an hourly value keeps its hour."""
    return f'  |> aggregateWindow(every: v.windowPeriod, fn: {function}, createEmpty: false, timeSrc: "_start")'


def placed(value: str, *required: str, measurement: str = f'"{MEASUREMENT}"') -> str:
    """One row per station: its number, label and location, and the fields of `value`, a table of `station_id`, `_field`
    and `_value`. Stations without a required field are left out.
    """
    exists = " and ".join(f"exists r.{name}" for name in required)
    places = readings("LAT", "LON", every_station=True, measurement=measurement)
    return labelled(
        f"place = {places}\n  |> last()\n{NEWEST_OF_EACH}\n{KEPT}\n\n"
        f"value = {value}\n{KEPT}\n\n"
        f"union(tables: [place, value])\n{BY_STATION}\n"
        f"  |> filter(fn: (r) => {exists})\n{LABELLED_BY_NUMBER}",
        readings("LAT", every_station=True, measurement=measurement),
    )
