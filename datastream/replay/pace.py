"""When the next row is due. Deadlines are exactly one time delta apart, so the rate does not drift."""

from __future__ import annotations

import threading
import time
from typing import Protocol

SHORTEST_WAIT = 0.01
"""Seconds. At more than 100 rows/s, the rows that become due meanwhile are released together: a wait for each would
cost more CPU time than the rest of the work."""


class Clock(Protocol):
    """The clock of a Pace, in seconds. Tests move one by hand."""

    def now(self) -> float: ...

    def wait(self, condition: threading.Condition, timeout: float) -> None: ...


class MonotonicClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, condition: threading.Condition, timeout: float) -> None:
        condition.wait(min(timeout, threading.TIMEOUT_MAX))


class Pace:
    """Releases one row per `delta` seconds. It catches up overdue rows; a new delta takes effect within one row."""

    def __init__(self, delta: float, clock: Clock | None = None) -> None:
        self._clock = clock or MonotonicClock()
        self._condition = threading.Condition()
        self._delta = delta
        self._due: float | None = None
        self._released_at = 0.0
        self._interrupted = False

    @property
    def delta(self) -> float:
        """Seconds between two rows; 0 means as fast as possible."""
        return self._delta

    @delta.setter
    def delta(self, seconds: float) -> None:
        with self._condition:
            self._delta = seconds
            if self._due is not None:
                self._due = self._released_at + seconds
            self._condition.notify_all()

    def restart(self) -> None:
        """Drop earlier deadlines: the next row is due at once."""
        with self._condition:
            self._due = None
            self._interrupted = False

    def drop_backlog(self) -> None:
        """Drop the backlog: overdue rows were not available earlier."""
        with self._condition:
            if self._due is not None:
                self._due = max(self._due, self._clock.now())

    def interrupt(self) -> None:
        """Make `wait_for_next_row` return False from now on, until `restart`."""
        with self._condition:
            self._interrupted = True
            self._condition.notify_all()

    def wait_for_next_row(self) -> bool:
        """Block until the next row is due and return True. Return False if interrupted."""
        with self._condition:
            while not self._interrupted:
                now = self._clock.now()
                if self._due is None:
                    self._due = now
                if now >= self._due:
                    self._due += self._delta
                    self._released_at = now
                    return True
                shortest = SHORTEST_WAIT if self._delta < SHORTEST_WAIT else 0.0
                self._clock.wait(self._condition, max(shortest, self._due - now))
            return False
