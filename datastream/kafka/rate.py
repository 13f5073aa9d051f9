"""Rows per second over the last five seconds."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW = 5.0
SLOT = 0.05


class Rate:
    """Counts events in slots of 50 ms. Returns their rate over the last five seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Restart the measurement, such as after a change of pace."""
        with self._lock:
            self._since = self._now()
            self._slots: deque[list[float]] = deque()

    def add(self, count: int = 1) -> None:
        slot = self._now() // SLOT
        with self._lock:
            if self._slots and self._slots[-1][0] == slot:
                self._slots[-1][1] += count
            else:
                self._slots.append([slot, count])
                self._forget(slot)

    def per_second(self) -> float:
        """Events per second since `reset` or over the window, whichever is shorter."""
        now = self._now()
        with self._lock:
            self._forget(now // SLOT)
            span = min(WINDOW, now - self._since)
            return sum(count for _, count in self._slots) / span if span > SLOT else 0.0

    def _forget(self, slot: float) -> None:
        while self._slots and self._slots[0][0] <= slot - WINDOW / SLOT:
            self._slots.popleft()
