"""The application's only use of the Kafka client: topics, and records that could not be used."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from weather import dead_letter, settings
from weather.errors import Unavailable

RETRIES = 10
REPLICAS = 1
FLUSH_WITHIN = 30.0
CLOSE_WITHIN = 5.0
ANSWER_WITHIN_MS = 5_000
READ_WITHIN_MS = 10_000
READ_AT_ONCE = 1_000


def missing_topics(kafka: settings.Kafka, wanted: Sequence[str]) -> list[str]:
    """Which of these topics do not exist yet; Unavailable where Kafka does not answer."""
    with _admin(kafka) as admin:
        existing = set(admin.list_topics())
    return [topic for topic in wanted if topic not in existing]


def ensure_topics(kafka: settings.Kafka, partitions: Mapping[str, int]) -> None:
    """Create those topics (name → partitions) that do not exist yet; Unavailable where Kafka does not answer."""
    with _admin(kafka) as admin:
        existing = set(admin.list_topics())
        wanted = {name: count for name, count in partitions.items() if name not in existing}
        if wanted:
            with contextlib.suppress(TopicAlreadyExistsError):  # another application was quicker
                admin.create_topics([NewTopic(name, count, REPLICAS) for name, count in wanted.items()])


def topic_id(kafka: settings.Kafka, topic: str) -> str:
    """The id of a topic: one that was removed and made again has another. Unavailable where Kafka does not answer."""
    with _admin(kafka) as admin:
        (found,) = admin.describe_topics([topic])
    return str(found["topic_id"])


@contextlib.contextmanager
def _admin(kafka: settings.Kafka) -> Iterator[KafkaAdminClient]:
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka.bootstrap_servers,
            request_timeout_ms=ANSWER_WITHIN_MS,
            bootstrap_timeout_ms=ANSWER_WITHIN_MS,
        )
        try:
            yield admin
        finally:
            admin.close()
    except KafkaError as error:
        raise Unavailable(f"Kafka at {kafka.bootstrap_servers} does not answer: {error!r}") from error


class DeadLetters:
    """Keeps records that could not be used in the dead-letter topic, as received, with the reason in headers.

    They are read again from the topic for that. At least once: a task that Spark runs again writes its letters again;
    the header `origin` (topic, partition, offset) tells which are the same.
    """

    def __init__(self, kafka: settings.Kafka) -> None:
        self._kafka = kafka
        self._consumer: KafkaConsumer | None = None
        self._producer: KafkaProducer | None = None
        self._sent: list[Any] = []

    def add_again(self, partition: int, reasons: Mapping[int, str]) -> None:
        """Send the records at these offsets of the topic, with why each could not be used.

        Unavailable where Kafka does not give them again.
        """
        for offset, key, value in self._records(partition, sorted(reasons)):
            self._add(reasons[offset], partition, offset, key, value)

    def _add(self, reason: str, partition: int, offset: int, key: bytes | None, value: bytes | None) -> None:
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self._kafka.bootstrap_servers,
                client_id="spark-dead-letters",
                acks="all",
                retries=RETRIES,
            )
        key, value, reason = dead_letter.fitting(key, value, reason)
        headers = list(dead_letter.headers(reason, "spark_app", f"{self._kafka.topic}-{partition}@{offset}"))
        sent = self._producer.send(self._kafka.dead_letter_topic, key=key, value=value, headers=headers)
        self._sent.append(sent)

    def _records(self, partition: int, offsets: Sequence[int]) -> Iterator[tuple[int, bytes | None, bytes | None]]:
        """Offset, key and value of records of the topic, in rising order of the offsets."""
        if not offsets:
            return
        place = TopicPartition(self._kafka.topic, partition)
        try:
            if self._consumer is None:
                self._consumer = KafkaConsumer(
                    bootstrap_servers=self._kafka.bootstrap_servers, enable_auto_commit=False
                )
            self._consumer.assign([place])
            at_hand: dict[int, Any] = {}
            for offset in offsets:
                if offset not in at_hand:
                    self._consumer.seek(place, offset)
                    found = self._consumer.poll(timeout_ms=READ_WITHIN_MS, max_records=READ_AT_ONCE).get(place, [])
                    at_hand = {record.offset: record for record in found}
                if offset not in at_hand:
                    raise Unavailable(f"Kafka does not give record {offset} of {place.topic}-{partition} again")
                yield offset, at_hand[offset].key, at_hand[offset].value
        except KafkaError as error:
            raise Unavailable(f"Kafka does not give records of {place.topic}-{partition} again: {error!r}") from error

    def flush(self) -> None:
        """Return when Kafka has confirmed every letter; KafkaError where it has not."""
        if self._producer is not None:
            self._producer.flush(timeout=FLUSH_WITHIN)
            for future in self._sent:
                future.get(timeout=FLUSH_WITHIN)
            self._sent = []

    def close(self) -> None:
        """End the clients; a failure to flush was raised by `flush`, or the partition has failed already."""
        producer, self._producer = self._producer, None
        consumer, self._consumer = self._consumer, None
        with contextlib.suppress(KafkaError):
            if producer is not None:
                producer.close(timeout=CLOSE_WITHIN)
            if consumer is not None:
                consumer.close()
