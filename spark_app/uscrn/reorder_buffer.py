"""The readings of one station in time order, each once, in whatever order they arrive.

A reading waits until the station's newest one is more than the allowed lateness ahead of it. So the results do not
depend on how the readings were shuffled within the lateness, repeated, or cut into batches. Pure: knows neither Spark
nor Kafka.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from weather.uscrn import EVERY_MINUTES

DAY = 24 * 60
DAYS_REMEMBERED = 400
"""For this many days repetitions are distinguished from late readings. A day takes a few dozen bytes."""


class Reading(NamedTuple):
    """The air temperature at a minute (since 1970, in local standard time), and its source file and location."""

    minute: int
    temperature: float
    source_file: str
    latitude: float | None
    longitude: float | None


REPEATED = "repeated"
LATE = "later than USCRN_LATENESS_MINUTES: its hour is already complete"


class ReorderBuffer:
    """Takes readings as they arrive and returns them in time order.

    `watermark` is a minute. `pop_ready` returns every reading before it, and earlier readings are no longer accepted.
    """

    def __init__(self, allowed_lateness: int, state: dict[str, Any] | None = None) -> None:
        state = state or {"passed": None, "waiting": [], "seen": {}}
        self.watermark: int | None = state["passed"]
        self._allowed_lateness = allowed_lateness
        self._waiting = {reading[0]: Reading(*reading) for reading in state["waiting"]}
        self._seen: dict[int, int] = {int(day): slots for day, slots in state["seen"].items()}

    def take(self, reading: Reading) -> str:
        """Add a reading. Return REPEATED if its minute is known (the first one counts), LATE if it is late, else ""."""
        day, minute = divmod(reading.minute, DAY)
        slot = 1 << (minute // EVERY_MINUTES)
        if self._seen.get(day, 0) & slot:
            return REPEATED
        if self.watermark is not None and reading.minute < self.watermark:
            return LATE
        if day not in self._seen and len(self._seen) >= DAYS_REMEMBERED:
            del self._seen[min(self._seen)]
        self._seen[day] = self._seen.get(day, 0) | slot
        self._waiting[reading.minute] = reading
        self.watermark = max(
            reading.minute - self._allowed_lateness, self.watermark or reading.minute - self._allowed_lateness
        )
        return ""

    def pop_ready(self) -> list[Reading]:
        """Remove and return the readings before the watermark, in time order."""
        watermark = self.watermark
        if watermark is None or not self._waiting:
            return []
        due = sorted(minute for minute in self._waiting if minute < watermark)
        return [self._waiting.pop(minute) for minute in due]

    def end(self) -> None:
        """End the stream: move the watermark past the hour of the last reading."""
        if self._waiting:
            last_hour = max(self._waiting) // 60
            self.watermark = max(self.watermark or 0, (last_hour + 1) * 60)

    def state(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {"passed": self.watermark, "waiting": list(self._waiting.values()), "seen": self._seen}
