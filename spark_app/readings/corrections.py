"""Readings that replace earlier ones: what InfluxDB must delete first, because a write adds fields and removes none.

A message with REPLACES is another version of a row that was sent before; without a measured value it says that the row
was withdrawn. The points of that station and time are deleted, under any name, then the newest version is written. Both
are repeated whole after a crash, so the result is the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from spark_app.influxdb.deletions import Deletion
from spark_app.readings.parse import Readings


def to_delete(readings: Readings) -> list[Deletion]:
    """The points that are replaced: readings of a station that follow each other are one deletion."""
    mask = readings.replaces
    if not mask.true_count:
        return []
    stations = readings.tags[readings.layout.station].filter(mask).to_pylist()
    keys = sorted(set(zip(stations, readings.instants.filter(mask).to_pylist(), strict=True)))
    return list(_merged(keys, readings.layout.follows))


def to_write(readings: Readings) -> pa.BooleanArray:
    """The readings that are written: of one that is replaced within these only its last version, if it has a value."""
    keys = list(zip(readings.tags[readings.layout.station].to_pylist(), readings.instants.to_pylist(), strict=True))
    replaced = {key for key, replaces in zip(keys, readings.replaces.to_pylist(), strict=True) if replaces}
    last = {key: at for at, key in enumerate(keys) if key in replaced}
    newest = pa.array([last.get(key, at) == at for at, key in enumerate(keys)], pa.bool_())
    return pc.and_(newest, readings.measured())


def _merged(keys: list[tuple[str, int]], follows: int) -> Iterator[Deletion]:
    first = last = None
    station = ""
    for name, instant in keys:
        if first is not None and last is not None and name == station and instant == last + follows:
            last = instant
            continue
        if first is not None and last is not None:
            yield Deletion(station, first, last)
        station, first, last = name, instant, instant
    if first is not None and last is not None:
        yield Deletion(station, first, last)
