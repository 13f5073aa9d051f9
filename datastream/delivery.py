"""Records on their way out: handed to Kafka, counted when confirmed, tried again while Kafka is away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from datastream.message import Message, Outlet, Record
from datastream.rate import Rate
from weather import dead_letter
from weather.errors import RejectedRecord, Unavailable
from weather.logs import facts

log = logging.getLogger(__name__)

RETRY_AFTER = 1.0
FLUSH_WITHIN = 5.0


class Delivery:
    """Sends to two topics through an outlet; waits for Kafka as long as `stop` is not set.

    `problem` says in words why nothing moves at the moment, and is empty otherwise.
    """

    def __init__(self, outlet: Outlet, topic: str, dead_letter_topic: str, stop: threading.Event) -> None:
        self._outlet = outlet
        self._topic = topic
        self._dead_letter_topic = dead_letter_topic
        self._stop = stop
        self.problem = ""
        self.rows_sent = 0
        self.dead_letters = 0
        self.rate = Rate()
        outlet.on_confirmed = self._confirmed

    @property
    def failures(self) -> int:
        """How many deliveries failed and were tried again."""
        return self._outlet.failures

    @property
    def waiting(self) -> int:
        """How many records wait to be sent again."""
        return self._outlet.undelivered

    def prepare(self) -> None:
        """Return when the topics exist, or when the stream is stopped."""
        self._until_it_works(self._outlet.prepare)

    def send(self, message: Message) -> None:
        """Hand a row over; returns when nothing waits to be sent again, or when the stream is stopped."""
        self._publish(Record(self._topic, message.key, message.value))

    def set_aside(self, rejected: RejectedRecord) -> None:
        """Hand what cannot be used to the dead-letter topic, as it was."""
        self.dead_letters += 1
        log.warning(facts("row_set_aside", where=rejected.where, reason=rejected.reason))
        headers = dead_letter.headers(rejected.reason, "datastream", rejected.where)
        self._publish(Record(self._dead_letter_topic, None, rejected.record, headers))

    def settle(self) -> None:
        """Return when Kafka has confirmed everything, or when the stream is stopped."""
        self._until_it_works(self.settle_now)

    def settle_now(self) -> None:
        """Return when Kafka has confirmed everything; Unavailable where it does not within some seconds."""
        if self._outlet.undelivered:
            self._outlet.resend()
        self._outlet.flush(FLUSH_WITHIN)

    def close(self) -> None:
        """End the outlet."""
        self._outlet.close(FLUSH_WITHIN)

    def _publish(self, record: Record) -> None:
        try:
            self._outlet.send(record)
        except Unavailable as error:
            self.problem = str(error)
        if self._outlet.undelivered:
            self._until_it_works(self._outlet.resend)

    def _until_it_works(self, action: Callable[[], None]) -> None:
        """Repeat `action` once a second while Kafka is away."""
        while not self._stop.is_set():
            try:
                action()
                self.problem = ""
                return
            except Unavailable as error:
                self.problem = str(error)
                log.warning(facts("waiting", error=error))
            self._stop.wait(RETRY_AFTER)

    def _confirmed(self, record: Record) -> None:
        if record.topic == self._topic:
            self.rows_sent += 1
            self.rate.add()
