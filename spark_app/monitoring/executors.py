"""When an application without executors should begin anew.

Spark's master keeps its list of applications in memory: one that was restarted ends the executors of an application it
does not know, gives it no new ones, and the application would wait for ever. Submitted again it goes on from its
checkpoint, so nothing is lost by not waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pyspark import SparkContext

LOST_AFTER = 30.0
"""Seconds without any executor; replacing a dead one takes a few."""
FIRST_EXECUTOR_TIMEOUT = 60.0
"""Seconds to the first executor, which may have been lost again before anybody looked; a slow start takes a quarter."""


class Executors:
    """Watches how many executors the application has."""

    def __init__(self, count: Callable[[], int], now: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._now = now
        self._patience = FIRST_EXECUTOR_TIMEOUT
        self._without_since = now()

    def lost(self) -> bool:
        """Whether there has been none for too long; to be asked now and then."""
        if self._count() > 0:
            self._patience = LOST_AFTER
            self._without_since = self._now()
        return self._now() - self._without_since > self._patience


def of(context: SparkContext) -> Executors:
    """Those of this application. Without a cluster the driver does their work itself.

    Not counted by the block managers (`getExecutorMemoryStatus`): one that registers just after its executor was lost
    stays in that list for ever.
    """
    known = context._jsc.sc().statusTracker().getExecutorInfos
    drivers = 1 if context.master.startswith("spark://") else 0
    return Executors(lambda: len(known()) - drivers)
