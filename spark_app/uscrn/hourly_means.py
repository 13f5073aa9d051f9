"""The current hour of one station, closed once, when it is complete. Pure.

The hour is that of the local standard time: 12:00 to 12:55 are hour 12, as the exercise requires. (NOAA's times are the
ends of their five minutes, so strictly 12:00 belongs to the hour before.)
"""

from __future__ import annotations

from math import fsum
from typing import Any, NamedTuple

from spark_app.uscrn.reorder_buffer import Reading


class Hour(NamedTuple):
    """The results of a station's hour; `hour` counts hours since 1970, in local standard time."""

    hour: int
    mean: float
    readings: int
    highest: float
    name_of_file: str
    latitude: float | None
    longitude: float | None


class HourlyMeans:
    """Takes a station's valid readings in time order."""

    def __init__(self, readings: list[list[Any]] | None = None) -> None:
        self._readings = [Reading(*reading) for reading in readings or []]

    def add(self, reading: Reading) -> Hour | None:
        """Add a reading. Return the hour before it if the reading begins another hour, else None."""
        closed = self.close_before(reading.minute // 60 * 60)
        self._readings.append(reading)
        return closed

    def close_before(self, minute: int) -> Hour | None:
        """Close the current hour and return it if it ends by this minute; None if it goes on or has no reading."""
        if not self._readings or (self._readings[0].minute // 60 + 1) * 60 > minute:
            return None
        readings, self._readings = self._readings, []
        return summed_up(readings)

    def state(self) -> list[Reading]:
        """The readings of the current hour, as JSON values."""
        return self._readings


def summed_up(readings: list[Reading]) -> Hour:
    """The hour of these readings. There must be at least one."""
    first = readings[0]
    temperatures = [reading.temperature for reading in readings]
    mean = fsum(temperatures) / len(temperatures)
    return Hour(
        first.minute // 60, mean, len(readings), max(temperatures), first.source_file, first.latitude, first.longitude
    )
