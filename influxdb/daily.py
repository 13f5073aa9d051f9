"""Measurement `meteo_daily`: two tasks inside InfluxDB compute each station's days from its hours.

A year of many stations has too many hours to read at every refresh of a dashboard. The first task counts the readings
of each day. The second computes the days whose count has changed since they were computed, at most a month of days per
run. So the next run includes late readings and replays, and repairs a run that failed half-way. A day is always
counted before its values are computed. Days are those of UTC, and a point has the time of its day's start.
"""

from __future__ import annotations

import json

from weather.reading import DAILY_MEASUREMENT, DAILY_STATE, MEASURED, MEASUREMENT

EVERY = "1m"
LATE = "8d"
"""A reading up to this late is counted within a minute, a later one at the next full hour."""
MAX_DAYS = "31d"


def tasks(bucket: str) -> dict[str, str]:
    """Name → Flux of the tasks that compute the days of this bucket."""
    return {
        name: flux.replace('"BUCKET"', json.dumps(bucket)) for name, flux in {COUNT: _count(), MAKE: _make()}.items()
    }


COUNT = "weather-stack: count the readings of each day"
MAKE = "weather-stack: make the days"


def _count() -> str:
    return f"""import "date"

option task = {{name: "{COUNT}", every: {EVERY}}}

counted =
    {_state("readings")}
        |> last()
        |> findColumn(fn: (key) => true, column: "_time")
everything = length(arr: counted) == 0 or date.minute(t: now()) == 0
since = if everything then 1970-01-01T00:00:00Z else date.sub(d: {LATE}, from: counted[0])

from(bucket: "BUCKET")
    |> range(start: since)
    |> filter(fn: (r) => r._measurement == "{MEASUREMENT}" and r._field == "LAT")
    |> aggregateWindow(every: 1d, fn: count, createEmpty: false, timeSrc: "_start")
    |> group()
    |> window(every: 1d)
    |> sum()
    |> group()
    |> map(
        fn: (r) => ({{_time: r._start, _measurement: "{DAILY_STATE}", _field: "readings", _value: float(v: r._value)}}),
    )
    |> to(bucket: "BUCKET")
"""


def _make() -> str:
    functions = sorted({field.daily for field in MEASURED if field.daily})
    return f"""import "date"

option task = {{name: "{MAKE}", every: {EVERY}, offset: 20s}}

changed =
    union(tables: [{_state("readings")}, {_state("made")}])
        |> group()
        |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
        |> filter(fn: (r) => not exists r.made or r.made != r.readings)
        |> sort(columns: ["_time"])
        |> findColumn(fn: (key) => true, column: "_time")
days = length(arr: changed)
first = if days > 0 then changed[0] else 1970-01-01T00:00:00Z
next = if days > 0 then date.add(d: 1d, to: changed[days - 1]) else 1970-01-02T00:00:00Z
most = date.add(d: {MAX_DAYS}, to: first)
stop = if int(v: next) < int(v: most) then next else most

{"".join(_figures(function) for function in functions)}from(bucket: "BUCKET")
    |> range(start: first, stop: stop)
    |> filter(fn: (r) => r._measurement == "{DAILY_STATE}" and r._field == "readings")
    |> set(key: "_field", value: "made")
    |> to(bucket: "BUCKET")
"""


def _figures(function: str) -> str:
    names = " or ".join(f'r._field == "{field.name}"' for field in MEASURED if field.daily == function)
    return f"""from(bucket: "BUCKET")
    |> range(start: first, stop: stop)
    |> filter(fn: (r) => r._measurement == "{MEASUREMENT}")
    |> filter(fn: (r) => {names})
    |> aggregateWindow(every: 1d, fn: {function}, createEmpty: false, timeSrc: "_start")
    |> set(key: "_measurement", value: "{DAILY_MEASUREMENT}")
    |> to(bucket: "BUCKET")

"""


def _state(field: str) -> str:
    return (
        'from(bucket: "BUCKET") |> range(start: 0) '
        f'|> filter(fn: (r) => r._measurement == "{DAILY_STATE}" and r._field == "{field}")'
    )
