"""The delivery of records: sent to Kafka, counted when confirmed, retried while Kafka is unavailable."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from datastream.kafka.rate import Rate
from datastream.kafka.sink import Sink
from datastream.message import Message, Record, Topic
from weather import dead_letter
from weather.errors import RejectedRecord, Unavailable
from weather.logs import facts

log = logging.getLogger(__name__)

RETRY_AFTER = 1.0
FLUSH_TIMEOUT = 5.0


class Delivery:
    """Sends each row to every topic through a sink. Waits for Kafka until `stop` is set.

    `problem` says why nothing is sent at the moment; empty otherwise.
    """

    def __init__(self, sink: Sink, topics: Sequence[Topic], stop: threading.Event) -> None:
        self._sink = sink
        self._topics = topics
        self._confirmed: Counter[str] = Counter()
        self._stop = stop
        self.problem = ""
        self.dead_letters = 0
        self.rate = Rate()
        sink.report_confirmed_to(self._count)

    @property
    def rows_sent(self) -> int:
        """The number of rows that Kafka has confirmed in every topic."""
        return min(self._confirmed[topic.name] for topic in self._topics)

    def status(self, is_running: bool) -> dict[str, object]:
        """The metrics of the delivery, as plain JSON values."""
        self._sink.collect()
        return {
            "rows_sent": self.rows_sent,
            "rate": round(self.rate.per_second(), 2) if is_running else 0.0,
            "rows_failed": self._sink.failures,
            "rows_waiting": self._sink.waiting,
            "dead_letters": self.dead_letters,
        }

    def prepare(self) -> None:
        """Return when the topics exist, or when the stream is stopped."""
        self.until_it_works(self._sink.prepare)

    def recreate(self) -> None:
        """Return when the topics are recreated, or when the stream is stopped."""
        self.until_it_works(self._sink.recreate)

    @property
    def ends(self) -> Mapping[str, Mapping[int, int]]:
        """Topic → partition → the offset after the last row that was confirmed."""
        return self._sink.ends

    def ends_in_kafka(self) -> Mapping[str, Mapping[int, int]] | None:
        """Topic → partition → the offset after its last record; None if the stream is stopped before Kafka answers."""
        found: list[Mapping[str, Mapping[int, int]]] = []
        self.until_it_works(lambda: found.append(self._sink.ends_in_kafka()))
        return found[0] if found else None

    def send(self, message: Message) -> None:
        """Send a row. Return when no record waits to be sent again, or when the stream is stopped."""
        for topic in self._topics:
            value = topic.form(message.value)
            self._publish(Record(topic.name, message.key, value, message.headers, message.partition))

    def send_end_marker(self, marker: Message) -> None:
        """Send the record that follows the last row in the first topic. It does not count as a row."""
        self._publish(Record(self._topics[0].name, marker.key, marker.value, is_row=False))

    def dead_letter(self, rejected: RejectedRecord) -> None:
        """Send an invalid record to the dead-letter topic, as received."""
        self.dead_letters += 1
        log.warning(facts("row_dead_lettered", where=rejected.where, reason=rejected.reason))
        key, value, reason = dead_letter.fitting(None, rejected.record, rejected.reason)
        headers = dead_letter.headers(reason, "datastream", rejected.where)
        self._publish(Record(self._topics[0].dead_letters, key, value or b"", headers, is_row=False))

    def confirm(self) -> None:
        """Return when Kafka has confirmed everything, or when the stream is stopped."""
        self.until_it_works(self.confirm_now)

    def confirm_now(self) -> None:
        """Return when Kafka has confirmed everything. Raise Unavailable if it has not within FLUSH_TIMEOUT."""
        if self._sink.waiting:
            self._sink.retry_failed()
        self._sink.flush(FLUSH_TIMEOUT)

    def close(self) -> None:
        """Close the sink."""
        self._sink.close(FLUSH_TIMEOUT)

    def _publish(self, record: Record) -> None:
        try:
            self._sink.send(record)
        except Unavailable as error:
            self.problem = str(error)
        if self._sink.waiting:
            self.until_it_works(self._sink.retry_failed)

    def until_it_works(self, action: Callable[[], None]) -> None:
        """Repeat `action` once a second while it raises Unavailable, until the stream is stopped."""
        while not self._stop.is_set():
            try:
                action()
                self.problem = ""
                return
            except Unavailable as error:
                self.problem = str(error)
                log.warning(facts("waiting", error=error))
            self._stop.wait(RETRY_AFTER)

    def _count(self, topic: str, records: int) -> None:
        self._confirmed[topic] += records
        if topic == self._topics[-1].name:
            self.rate.add(records)
