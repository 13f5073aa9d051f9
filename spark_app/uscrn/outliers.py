"""Air temperatures that are impossible or suspicious. Pure: readings in time order in, kinds of outliers out.

missing  a sentinel such as -9999.0                    never enters a mean
limit    below -60 or above 60 °C                      never enters a mean
spike    far from the median of the hours before it    marked; a thunderstorm's front looks like one, so it counts
stuck    no change for hours                           marked; it counts, as the unchanged hours before it counted, too
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Any

from spark_app.uscrn.reorder_buffer import Reading
from weather.settings.sources import UscrnJob
from weather.uscrn import COLDEST, EVERY_MINUTES, MISSING, WARMEST

MISSING_KIND, LIMIT, SPIKE, STUCK = "missing", "limit", "spike", "stuck"

SCALE = 1.4826
"""Turns the median absolute deviation of normally distributed values into their standard deviation."""
LEAST_DEVIATION = 0.5
"""Minimum of the scaled deviation in °C. In a calm night nothing changes, and the first wind is not a spike."""
LEAST_SHARE = 0.5
"""Share of the readings of the last hours that must exist to detect a spike."""
MAX_GAP = 60
"""Minutes. After a longer gap in the valid readings it is unknown whether the temperature changed."""


def beyond_limits(temperature: float) -> str:
    """`missing` or `limit` if this is no air temperature, else ""."""
    if temperature in MISSING:
        return MISSING_KIND
    return "" if COLDEST <= temperature <= WARMEST else LIMIT


class OutlierDetector:
    """Detects the outliers of one station, whose readings come in time order. It remembers only its last hours."""

    def __init__(self, options: UscrnJob, state: dict[str, Any] | None = None) -> None:
        state = state or {"before": [], "unchanged": None}
        self._options = options
        self._before: deque[tuple[int, float]] = deque((minute, value) for minute, value in state["before"])
        self._unchanged: list[float] | None = state["unchanged"]
        """The minute since which the temperature is unchanged, the temperature, the minute of its last reading."""

    def kind(self, reading: Reading) -> str:
        """The first of the four kinds that applies; "" if the reading is no outlier."""
        kind = beyond_limits(reading.temperature)
        if kind:
            return kind
        oldest = reading.minute - self._options.spike_hours * 60
        while self._before and self._before[0][0] < oldest:
            self._before.popleft()
        kind = self._spike(reading.temperature) or self._stuck(reading)
        self._before.append((reading.minute, reading.temperature))
        return kind

    def _spike(self, temperature: float) -> str:
        values = [value for _, value in self._before]
        if len(values) < LEAST_SHARE * self._options.spike_hours * 60 / EVERY_MINUTES:
            return ""
        middle = median(values)
        away = abs(temperature - middle)
        if away <= self._options.spike_deviations * LEAST_DEVIATION:
            return ""  # no deviation could make it a spike, so none is computed
        deviation = max(SCALE * median(abs(value - middle) for value in values), LEAST_DEVIATION)
        return SPIKE if away > self._options.spike_deviations * deviation else ""

    def _stuck(self, reading: Reading) -> str:
        since, temperature, newest = self._unchanged or (reading.minute, reading.temperature, reading.minute)
        if temperature != reading.temperature or reading.minute - newest > MAX_GAP:
            since = reading.minute
        self._unchanged = [since, reading.temperature, reading.minute]
        return STUCK if reading.minute - since >= self._options.stuck_hours * 60 else ""

    def state(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {"before": list(self._before), "unchanged": self._unchanged}
