"""Notices that the clock of the machine was set back.

Spark waits for the next micro-batch until the clock shows the time of it: set back by a day, it would wait for a day.
"""

from __future__ import annotations

import time
from collections.abc import Callable

TOLERANCE = 2.0
"""Seconds. A clock that is corrected in small steps does not matter."""


class WallClock:
    """Compares the clock that shows the date with the one that is never set."""

    def __init__(self, shown: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._shown, self._steady = shown, steady
        self._difference = shown() - steady()

    def was_set_back(self) -> float:
        """By how many seconds, since the last call; 0 if it was not."""
        difference = self._shown() - self._steady()
        back, self._difference = self._difference - difference, difference
        return back if back > TOLERANCE else 0.0
