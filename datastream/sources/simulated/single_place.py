"""Simulated daily maxima of one place from 1990-01-01, with some days sent twice. Pure: no clock and no network.

The rules are those of a course exercise (docs/sources.md). One seed always gives the same weather.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

FIRST_DAY = date(1990, 1, 1)
DUPLICATES = 0.05
"""The share of items that repeat the previous date, with a temperature that is obviously wrong."""
DUPLICATE_DEGREES = 1_000_000.0

MEAN = 47.5
HALF_RANGE = 41.5
"""With the noise, the first years are between 1 and 94 degrees Fahrenheit."""
NOISE = 5.0
WARMING_OF_A_YEAR = 0.02
DAYS_OF_A_YEAR = 365.2425
COLDEST_DAY = 15
DECIMALS = 4


class PlaceDay(NamedTuple):
    """The highest temperature of a day, in degrees Fahrenheit."""

    date: str
    degrees: float


def days(seed: int) -> Iterator[PlaceDay]:
    """Each day until the calendar ends; a duplicate follows the day that it repeats."""
    source = random.Random(seed)
    for number in range((date.max - FIRST_DAY).days + 1):
        day = (FIRST_DAY + timedelta(days=number)).isoformat()
        yield PlaceDay(day, round(usual(number) + source.uniform(-NOISE, NOISE), DECIMALS))
        while source.random() < DUPLICATES:
            yield PlaceDay(day, DUPLICATE_DEGREES)


def usual(number: int) -> float:
    """The expected maximum of day `number`, counted from the first one: a yearly cycle and a slow warming."""
    year = number / DAYS_OF_A_YEAR
    season = math.cos(2 * math.pi * (number - COLDEST_DAY) / DAYS_OF_A_YEAR)
    return MEAN - HALF_RANGE * season + WARMING_OF_A_YEAR * year
