"""Copies invalid records of a micro-batch to the dead-letter topic."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from weather import settings
from weather.errors import Unavailable
from weather.kafka import DeadLetterWriter

READ_TIMEOUT_MS = 10_000
MAX_RECORDS_PER_READ = 1_000


class DeadLetterCopier:
    """Copies records to the dead-letter topic, as received: each is read again from its topic by its offset.

    Delivery promise: at least once, like the writer: a task that Spark repeats copies its records again.
    """

    def __init__(self, kafka: settings.Kafka) -> None:
        self._kafka = kafka
        self._consumer: KafkaConsumer | None = None
        self._writer = DeadLetterWriter(kafka.bootstrap_servers, kafka.topic, "spark_app")

    def copy(self, partition: int, reasons: Mapping[int, str]) -> None:
        """Copy the records at these offsets (offset → reason). Raise Unavailable if Kafka does not return them."""
        for offset, key, value in self._records(partition, sorted(reasons)):
            self._writer.send(reasons[offset], partition, offset, key, value)

    def _records(self, partition: int, offsets: Sequence[int]) -> Iterator[tuple[int, bytes | None, bytes | None]]:
        """Offset, key and value of records of the topic, by increasing offset."""
        if not offsets:
            return
        place = TopicPartition(self._kafka.topic, partition)
        try:
            if self._consumer is None:
                self._consumer = KafkaConsumer(
                    bootstrap_servers=self._kafka.bootstrap_servers, enable_auto_commit=False
                )
            self._consumer.assign([place])
            fetched: dict[int, Any] = {}
            for offset in offsets:
                if offset not in fetched:
                    self._consumer.seek(place, offset)
                    polled = self._consumer.poll(timeout_ms=READ_TIMEOUT_MS, max_records=MAX_RECORDS_PER_READ)
                    fetched = {record.offset: record for record in polled.get(place, [])}
                if offset not in fetched:
                    raise Unavailable(f"Kafka does not return record {offset} of {place.topic}-{partition}")
                yield offset, fetched[offset].key, fetched[offset].value
        except KafkaError as error:
            raise Unavailable(f"Kafka does not return records of {place.topic}-{partition}: {error!r}") from error

    def flush(self) -> None:
        """Return when Kafka has confirmed every record. Raise KafkaError if it has not in time."""
        self._writer.flush()

    def close(self) -> None:
        """Close the clients."""
        self._writer.close()
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with contextlib.suppress(KafkaError):
                consumer.close()
