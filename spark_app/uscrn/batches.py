"""The function that Spark calls with the rows of one key in one batch: rows in, results out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from pyspark.sql.streaming.state import GroupState

from spark_app.uscrn.hottest_station import Hottest
from spark_app.uscrn.hourly_means import Hour
from spark_app.uscrn.reorder_buffer import REPEATED, Reading
from spark_app.uscrn.station_state import Stations
from weather.limits import tag_problem
from weather.settings.sources import UscrnJob

STATE = "stations string"
FOUND = (
    "found string, station long, name string, seconds long, lst_date string, lst_hour string, lst_time string, "
    "mean_temp double, count long, max_temp double, temp double, kind string, source_file string, "
    "LAT double, LON double, partition int, offset long, reason string"
)
"""The kind of a result (`found`), and its columns; those of other kinds are null. `seconds` since 1970 are in local
standard time."""
COLUMNS = [part.split()[0] for part in FOUND.split(", ")]

HOUR, OUTLIER, HOTTEST, INVALID = "hour", "outlier", "hottest", "invalid"

_NAME = re.compile(r"CRNS0101-05-\d{4}-([^.]+)\.")

Function = Callable[[tuple[int], Iterable[pd.DataFrame], GroupState], Iterator[pd.DataFrame]]


def batches(options: UscrnJob, compare: bool) -> Function:
    """The function for `applyInPandasWithState`. With `compare` it also emits the hottest station of each hour."""

    def batch(key: tuple[int], parts: Iterable[pd.DataFrame], state: GroupState) -> Iterator[pd.DataFrame]:
        stations = Stations(options, state.get[0] if state.exists else "")
        rows = pd.concat(list(parts)).sort_values(["partition", "offset"], kind="stable")
        found = [*_taken(stations, rows), *(_described(number, thing) for number, thing in stations.found())]
        if compare:
            found += [_of_hottest(hottest) for hottest in stations.hottest()]
        state.update((stations.to_json(),))
        yield pd.DataFrame(found, columns=COLUMNS).astype({"seconds": "Int64", "station": "Int64", "count": "Int64"})

    return batch


def _taken(stations: Stations, rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Pass the rows to their stations in the order of the topic. Yield the invalid and late ones."""
    stream = None
    row: Any
    for row in rows.itertuples(index=False):
        reason = row.reason
        if row.stations is not None and (row.stations, row.stream) != stream:
            stream = row.stations, row.stream
            stations.expect(str(row.stations), str(row.stream))
        if reason is None:
            place = (None if math.isnan(value) else float(value) for value in (row.latitude, row.longitude))
            reading = Reading(int(row.minute), float(row.temperature), row.source_file, *place)
            reason = stations.take(int(row.station), reading)
        if row.last:  # also if the row itself is invalid
            stations.end(int(row.station))
        if reason and reason != REPEATED:
            yield {"found": INVALID, "partition": row.partition, "offset": row.offset, "reason": reason}


def _described(station: int, thing: tuple[Reading, str] | Hour) -> dict[str, Any]:
    if isinstance(thing, Hour):
        return {
            "found": HOUR, "station": station, "name": name_of(station, thing.name_of_file), **_times(thing.hour * 60),
            "mean_temp": thing.mean, "count": thing.readings, "LAT": thing.latitude, "LON": thing.longitude,
        }  # fmt: skip
    reading, kind = thing
    return {
        "found": OUTLIER, "station": station, "name": name_of(station, reading.source_file), **_times(reading.minute),
        "temp": reading.temperature, "kind": kind, "source_file": reading.source_file,
    }  # fmt: skip


def _of_hottest(hottest: Hottest) -> dict[str, Any]:
    return {
        "found": HOTTEST, "station": hottest.station, "name": name_of(hottest.station, hottest.name_of_file),
        **_times(hottest.hour * 60), "max_temp": hottest.temperature, "source_file": hottest.name_of_file,
    }  # fmt: skip


def _times(minute: int) -> dict[str, Any]:
    moment = datetime.fromtimestamp(minute * 60, UTC)
    date, hour, time = moment.strftime("%Y-%m-%d %H %H:%M").split()
    return {"seconds": minute * 60, "lst_date": date, "lst_hour": hour, "lst_time": time}


def name_of(station: int, source_file: str) -> str:
    """A station's name: `TX Austin 33 NW` for `CRNS0101-05-2021-TX_Austin_33_NW.txt`, else its number."""
    match = _NAME.search(source_file)
    name = match[1].replace("_", " ").strip() if match else ""
    return str(station) if tag_problem(name) else name
