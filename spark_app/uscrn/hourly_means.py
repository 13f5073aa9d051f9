"""The hour under way of one station: closed once, when nothing of it can come any more. Pure.

The hour is that of the local standard time: 12:00 to 12:55 are hour 12, as the requirement groups them. (NOAA's times
are the ends of their five minutes; taken strictly, 12:00 still belongs to the hour before.)
"""

from __future__ import annotations

from math import fsum
from typing import Any, NamedTuple

from spark_app.uscrn.reorder_buffer import Reading


class Hour(NamedTuple):
    """What the readings of a station's hour amount to; `hour` counts hours since 1970, in local standard time."""

    hour: int
    mean: float
    readings: int
    highest: float
    name_of_file: str
    latitude: float | None
    longitude: float | None


class HourlyMeans:
    """Takes a station's usable readings in order of time."""

    def __init__(self, readings: list[list[Any]] | None = None) -> None:
        self._readings = [Reading(*reading) for reading in readings or []]

    def add(self, reading: Reading) -> Hour | None:
        """Take a reading; the hour before it where it begins another one."""
        closed = self.close_before(reading.minute // 60 * 60)
        self._readings.append(reading)
        return closed

    def close_before(self, minute: int) -> Hour | None:
        """The hour under way where it ends by this minute; None where it goes on, or has no reading at all."""
        if not self._readings or (self._readings[0].minute // 60 + 1) * 60 > minute:
            return None
        readings, self._readings = self._readings, []
        return summed_up(readings)

    def state(self) -> list[Reading]:
        """The readings so far, as plain JSON values."""
        return self._readings


def summed_up(readings: list[Reading]) -> Hour:
    """The hour that these readings, at least one, are of."""
    first = readings[0]
    temperatures = [reading.temperature for reading in readings]
    mean = fsum(temperatures) / len(temperatures)
    return Hour(
        first.minute // 60, mean, len(readings), max(temperatures), first.source_file, first.latitude, first.longitude
    )
