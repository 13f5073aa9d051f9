"""The application's only use of the Kafka client: dead letters out, and waiting for the topics to exist."""

from __future__ import annotations

import contextlib
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from weather import dead_letter, settings
from weather.errors import Unavailable

RETRIES = 10
FLUSH_WITHIN = 30.0
CLOSE_WITHIN = 5.0
ANSWER_WITHIN_MS = 5_000


def missing_topics(kafka: settings.Kafka) -> list[str]:
    """Which of the topic and its dead-letter topic do not exist yet; Unavailable where Kafka does not answer."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka.bootstrap_servers,
            request_timeout_ms=ANSWER_WITHIN_MS,
            bootstrap_timeout_ms=ANSWER_WITHIN_MS,
        )
        try:
            existing = set(admin.list_topics())
        finally:
            admin.close()
    except KafkaError as error:
        raise Unavailable(f"Kafka at {kafka.bootstrap_servers} does not answer: {error!r}") from error
    return [topic for topic in (kafka.topic, kafka.dead_letter_topic) if topic not in existing]


class DeadLetters:
    """Keeps records that could not be used in the dead-letter topic, as received, with the reason in headers.

    At least once: a task that Spark runs again writes its letters again; the header `origin` (topic, partition,
    offset) tells which are the same.
    """

    def __init__(self, kafka: settings.Kafka) -> None:
        self._kafka = kafka
        self._producer: KafkaProducer | None = None
        self._sent: list[Any] = []

    def add(self, rejected: Any) -> None:
        """Send one record: `reason`, `topic`, `partition`, `offset`, and `key` and `value` as bytes or None."""
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self._kafka.bootstrap_servers,
                client_id="spark-dead-letters",
                acks="all",
                retries=RETRIES,
            )
        origin = f"{rejected.topic}-{rejected.partition}@{rejected.offset}"
        self._sent.append(
            self._producer.send(
                self._kafka.dead_letter_topic,
                key=_bytes(rejected.key),
                value=_bytes(rejected.value),
                headers=list(dead_letter.headers(rejected.reason, "spark_app", origin)),
            )
        )

    def flush(self) -> None:
        """Return when Kafka has confirmed every letter; KafkaError where it has not."""
        if self._producer is not None:
            self._producer.flush(timeout=FLUSH_WITHIN)
            for future in self._sent:
                future.get(timeout=FLUSH_WITHIN)
            self._sent = []

    def close(self) -> None:
        """End the producer; a failure to flush was raised by `flush`, or the partition has failed already."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError):
                producer.close(timeout=CLOSE_WITHIN)


def _bytes(value: bytearray | bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
