"""Simulated weather of up to 26 stations, day after day from 2000-01-01. Pure: no clock and no network.

The rules are those of a course exercise (docs/sources.md): temperatures in degrees Fahrenheit that depend on
yesterday's, a climate of its own for each station, spells of rain. One seed always gives the same weather. A station's
weather does not depend on the number of stations.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

FIRST_DAY = date(2000, 1, 1)
MONTHLY_MEANS = (27, 31, 44, 58, 70, 79, 83, 81, 74, 61, 46, 32)
MONTHLY_CHANCES_OF_RAIN = (0.1, 0.1, 0.3, 0.5, 0.4, 0.2, 0.2, 0.1, 0.2, 0.2, 0.2, 0.1)
MEMORY = 0.8
"""The weight of yesterday's temperature in today's; the rest is the weight of the month's mean."""
NOISE = 10.0
FREEZING = 32.0
COLUMNS = 6
"""Columns of the grid of stations: A to F from west to east, G to L south of them, and so on."""
NORTH_WEST = (45.0, -100.0)
STEP = (2.0, 3.0)
"""Degrees of latitude and longitude between two stations. The grid is invented, like the stations. It lies in the
plains of North America, where degrees Fahrenheit and such winters are plausible."""


class StationDay(NamedTuple):
    """One station's day, and the station's position."""

    date: str
    station: str
    degrees: float
    raining: bool
    LAT: float
    LON: float


def place(station: str) -> tuple[float, float]:
    """Latitude and longitude of a station, A to Z, on the invented grid."""
    row, column = divmod(string.ascii_uppercase.index(station), COLUMNS)
    return NORTH_WEST[0] - row * STEP[0], NORTH_WEST[1] + column * STEP[1]


class Station:
    """One station's climate and the weather of its last day."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self._random = random.Random(f"{seed} {name}")
        around = self._random.uniform
        warmer, wetter = around(-15, 15), around(-0.05, 0.05)
        self._means = [mean + warmer + around(-2.5, 2.5) for mean in MONTHLY_MEANS]
        self._rains = [chance + wetter + around(-0.1, 0.1) for chance in MONTHLY_CHANCES_OF_RAIN]
        self._dries = around(0.2, 0.4)
        self._degrees = self._means[0]
        self._raining = False

    def next_day(self, day: date) -> StationDay:
        """The weather of `day`, which follows the last one."""
        mean = self._means[day.month - 1]
        noise = self._random.uniform(-NOISE, NOISE)
        self._degrees = MEMORY * self._degrees + (1 - MEMORY) * mean + noise
        chance = self._random.random()
        self._raining = chance >= self._dries if self._raining else chance < self._rains[day.month - 1]
        self._raining = self._raining and self._degrees >= FREEZING
        return StationDay(day.isoformat(), self.name, self._degrees, self._raining, *place(self.name))


def all_stations(count: int, seed: int) -> Iterator[StationDay]:
    """Stations A, B, C … in order, for each day until the calendar ends."""
    stations = [Station(name, seed) for name in string.ascii_uppercase[:count]]
    for number in range((date.max - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        for station in stations:
            yield station.next_day(day)
