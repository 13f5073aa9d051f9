"""Detects that the application has lost its executors and should be submitted again.

Spark's master keeps its list of applications in memory. A restarted master ends the executors of an application that it
does not know and gives it no new ones, so the application would wait indefinitely. If it is submitted again, it resumes
from its checkpoint, and nothing is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pyspark import SparkContext

LOST_AFTER = 30.0
"""Seconds without any executor. Replacing a dead one takes a few seconds."""
FIRST_EXECUTOR_TIMEOUT = 60.0
"""Seconds to the first executor, which may be lost again before the first check. A slow start takes 15."""


class Executors:
    """Watches how many executors the application has."""

    def __init__(self, count: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._now = now
        self._patience = FIRST_EXECUTOR_TIMEOUT
        self._without_since = now()

    def lost(self) -> bool:
        """Whether the application has had no executor for too long. Call it regularly."""
        if self._count() > 0:
            self._patience = LOST_AFTER
            self._without_since = self._now()
        return self._now() - self._without_since > self._patience


def of(context: SparkContext) -> Executors:
    """The executors of this application. Without a cluster the driver does their work.

    They are not counted by block managers (`getExecutorMemoryStatus`): one that registers just after its executor was
    lost stays in that list permanently.
    """
    known = context._jsc.sc().statusTracker().getExecutorInfos
    drivers = 1 if context.master.startswith("spark://") else 0
    return Executors(lambda: len(known()) - drivers)
