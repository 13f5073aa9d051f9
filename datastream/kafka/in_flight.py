"""Records that were sent but are not confirmed, and records that failed and wait to be sent again."""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from typing import Any, Protocol

from datastream.message import Record
from weather.logs import facts

log = logging.getLogger(__name__)


class Answer(Protocol):
    """The client's answer for a record: done with an exception if it failed, without one if it is confirmed."""

    @property
    def is_done(self) -> bool: ...

    @property
    def value(self) -> Any:
        """Of a confirmed record: its `partition` and `offset`."""

    @property
    def exception(self) -> Exception | None: ...


class InFlight:
    """Keeps records in the order in which they were sent, until they are confirmed. Any thread may call it.

    Failed records keep that order too, whichever failed first.

    Answers are polled, oldest first: a callback for each record costs the client's only sending thread as much as
    the sending itself (docs/performance.md).
    """

    def __init__(self) -> None:
        self.on_confirmed: Callable[[str, int], None] = lambda topic, count: None
        self.ends: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self.failures = 0
        self.last_failure = ""
        self._lock = threading.Lock()
        self._handed_over = 0
        self._sent: deque[tuple[int, Record, Answer]] = deque()
        self._back: list[tuple[int, Record]] = []

    @property
    def unconfirmed(self) -> int:
        """The number of records that wait for an answer."""
        return len(self._sent)

    @property
    def undelivered(self) -> int:
        """The number of failed records that wait to be sent again."""
        return len(self._back)

    def add(self, record: Record, answer: Answer, number: int | None = None) -> None:
        """Add a record that was sent: for the first time, or again with its earlier `number`."""
        with self._lock:
            self._sent.append((self._number(number), record, answer))
            if self._sent[0][2].is_done:
                self._take_answers()

    def collect(self) -> None:
        """Process the answers that have arrived."""
        with self._lock:
            self._take_answers()

    def came_back(self, record: Record, error: Exception, number: int | None = None) -> None:
        """Add a record that Kafka did not accept: a new one, or one sent again with its earlier `number`."""
        with self._lock:
            self._came_back(self._number(number), record, error)

    def next_undelivered(self) -> tuple[int, Record]:
        """Remove the oldest failed record. Return its number and the record."""
        with self._lock:
            return heappop(self._back)

    def forget(self) -> None:
        """Drop the failed records, and where the topics ended."""
        self._back.clear()
        self.ends.clear()

    def _take_answers(self) -> None:
        confirmed: Counter[str] = Counter()
        while self._sent and self._sent[0][2].is_done:
            number, record, answer = self._sent.popleft()
            if answer.exception is None:
                confirmed[record.topic] += record.is_row
                if record.is_row:
                    self.ends[record.topic][answer.value.partition] = answer.value.offset + 1
            else:
                self._came_back(number, record, answer.exception)
        for topic, count in confirmed.items():
            self.on_confirmed(topic, count)

    def _number(self, number: int | None) -> int:
        if number is None:
            number, self._handed_over = self._handed_over, self._handed_over + 1
        return number

    def _came_back(self, number: int, record: Record, error: Exception) -> None:
        heappush(self._back, (number, record))
        self.failures += 1
        if repr(error) != self.last_failure:
            log.error(facts("delivery_failed", topic=record.topic, error=repr(error), then="sent again"))
        self.last_failure = repr(error)


class Confirming:
    """The part of a Sink that tells which of its records in flight are confirmed and which failed."""

    def __init__(self) -> None:
        self._in_flight = InFlight()

    @property
    def failures(self) -> int:
        """The number of deliveries that failed so far."""
        return self._in_flight.failures

    @property
    def waiting(self) -> int:
        """The number of failed records that wait to be sent again."""
        return self._in_flight.undelivered

    @property
    def ends(self) -> Mapping[str, Mapping[int, int]]:
        """Topic → partition → the offset after the last row that was confirmed."""
        return self._in_flight.ends

    def report_confirmed_to(self, report: Callable[[str, int], None]) -> None:
        """Call `report` with a topic and the number of its rows that were confirmed since the last call."""
        self._in_flight.on_confirmed = report

    def collect(self) -> None:
        """Report the confirmations that have arrived."""
        self._in_flight.collect()
