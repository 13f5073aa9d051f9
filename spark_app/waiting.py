"""A query that waits for something before it begins."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pyspark.sql.streaming import StreamingQuery

from weather.logs import facts

log = logging.getLogger(__name__)


class WaitingQuery:
    """Stands in for a query until it is started: each look at whether it is active asks for what it waits for.

    Nothing of its topic is read before, so nothing is passed over.
    """

    def __init__(self, name: str, reason: Callable[[], str], start: Callable[[], StreamingQuery]) -> None:
        """`reason` says why the query cannot begin yet, "" when it can."""
        self.name = name
        self._reason, self._start = reason, start
        self._query: StreamingQuery | None = None
        self._told = ""

    @property
    def isActive(self) -> bool:
        """Whether it waits or runs; starts it when it can begin."""
        if self._query is None and not self._still_waits():
            self._query = self._start()
        return self._query is None or bool(self._query.isActive)

    @property
    def status(self) -> dict[str, Any]:
        return {"isTriggerActive": False} if self._query is None else dict(self._query.status)

    def exception(self) -> Exception | None:
        return None if self._query is None else self._query.exception()

    def stop(self) -> None:
        if self._query is not None:
            self._query.stop()

    def _still_waits(self) -> bool:
        reason = self._reason()
        if reason and reason != self._told:
            log.info(facts("waiting", query=self.name, reason=reason))
        self._told = reason
        return bool(reason)
