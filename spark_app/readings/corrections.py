"""Readings that replace earlier ones: what InfluxDB must delete first, because a write adds fields and removes none.

A message with REPLACES is another version of a row that was sent before; without a measured value it says that the row
was withdrawn. The points of that station and hour are deleted, under any name, then the newest version is written. Both
are repeated whole after a crash, so the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from spark_app.influxdb.deletions import STATION_TAG, Deletion
from spark_app.readings.parse import Readings

HOUR_SECONDS = 3600


def to_delete(readings: Readings) -> list[Deletion]:
    """The points that are replaced: hours of a station that follow each other are one deletion."""
    mask = readings.replaces
    if not mask.true_count:
        return []
    stations = readings.tags[STATION_TAG].filter(mask).to_pylist()
    return list(_merged(sorted(set(zip(stations, readings.seconds.filter(mask).to_pylist(), strict=True)))))


def to_write(readings: Readings) -> pa.BooleanArray:
    """The readings that are written: of one that is replaced within these only its last version, if it has a value."""
    keys = list(zip(readings.tags[STATION_TAG].to_pylist(), readings.seconds.to_pylist(), strict=True))
    replaced = {key for key, replaces in zip(keys, readings.replaces.to_pylist(), strict=True) if replaces}
    last = {key: at for at, key in enumerate(keys) if key in replaced}
    newest = pa.array([last.get(key, at) == at for at, key in enumerate(keys)], pa.bool_())
    return pc.and_(newest, readings.measured())


def _merged(hours: list[tuple[str, int]]) -> Iterator[Deletion]:
    first = last = None
    station = ""
    for name, second in hours:
        if first is not None and last is not None and name == station and second == last + HOUR_SECONDS:
            last = second
            continue
        if first is not None and last is not None:
            yield Deletion(station, first, last)
        station, first, last = name, second, second
    if first is not None and last is not None:
        yield Deletion(station, first, last)
