"""A query that runs: what ended it, and when it is started again. One broken query does not end the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Protocol

from pyspark.sql.streaming import StreamingQuery

from weather.logs import facts

log = logging.getLogger("spark_app")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until a query that has failed is started again; each pause is twice as long as the one before."""
MOST_SIGNS = 1000
"""Length of a problem: Spark's messages end with the query's plan."""
STEADY_AFTER = 15.0
"""Seconds after which a query that was started again counts as running although it had no batch, for lack of rows."""


class Startable(Protocol):
    """A query as a job describes it."""

    @property
    def name(self) -> str: ...

    def start(self) -> StreamingQuery: ...


class Running:
    """One query, which is started again after a failure. `problem` is its last failure until it works again."""

    def __init__(
        self, query: Startable, explain: Callable[[str], str] = str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = query.name
        self.problem = ""
        self.active: StreamingQuery | None = None
        self._query = query
        self._explain = explain
        self._now = now
        self._failures = 0
        self._started = self._next_start = now()

    def start(self) -> None:
        """Start it. A failure is logged, and it is started later by `look`."""
        try:
            self._started = self._now()
            self.active = self._query.start()
        except Exception as error:  # Spark raises errors of many kinds, and none may end the other queries
            self._failed(str(error))

    def look(self) -> None:
        """Notice whether it has failed or works again; start it if its pause is over. Call it regularly."""
        if self.active is None:
            if self._now() >= self._next_start:
                self.start()
        elif not self.active.isActive:
            error, self.active = self.active.exception(), None
            self._failed(str(error) if error is not None else "it was stopped")
        elif self.problem and (self.active.lastProgress or self._now() - self._started > STEADY_AFTER):
            self.problem, self._failures = "", 0
            log.info(facts("query_works_again", query=self.name))

    def begin_again(self) -> None:
        """Stop it, and start it at once from its checkpoint."""
        if self.active is not None:
            try:
                self.active.stop()
            except Exception as error:  # it goes on stopping, and `look` starts it then
                log.error(facts("query_not_stopped", query=self.name, error=error))
                return
        self.start()

    def _failed(self, error: str) -> None:
        self.problem = " ".join(self._explain(error).split())[:MOST_SIGNS]
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self._failures)
        self._failures += 1
        self._next_start = self._now() + pause
        log.error(facts("query_failed", query=self.name, error=self.problem, then=f"started again in {pause:.0f} s"))
