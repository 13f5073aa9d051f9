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

    At least once: a task that Spark runs again writes its letters again; the header `origin` (topic, partition,
    offset) tells which are the same.
    """

    def __init__(self, kafka: settings.Kafka) -> None:
        self._kafka = kafka
        self._producer: KafkaProducer | None = None
        self._sent: list[Any] = []

    def add(self, reason: str, partition: int, offset: int, key: bytes | None, value: bytes | None) -> None:
        """Send one record of the topic, with why it could not be used."""
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self._kafka.bootstrap_servers,
                client_id="spark-dead-letters",
                acks="all",
                retries=RETRIES,
            )
        headers = list(dead_letter.headers(reason, "spark_app", f"{self._kafka.topic}-{partition}@{offset}"))
        sent = self._producer.send(self._kafka.dead_letter_topic, key=_bytes(key), value=_bytes(value), headers=headers)
        self._sent.append(sent)

    def records(self, partition: int, offsets: Sequence[int]) -> Iterator[tuple[int, bytes | None, bytes | None]]:
        """Offset, key and value of records of the topic, read from it once more; Unavailable where they do not come."""
        place = TopicPartition(self._kafka.topic, partition)
        consumer = KafkaConsumer(bootstrap_servers=self._kafka.bootstrap_servers, enable_auto_commit=False)
        try:
            consumer.assign([place])
            for offset in offsets:
                consumer.seek(place, offset)
                found = consumer.poll(timeout_ms=READ_WITHIN_MS, max_records=1).get(place)
                if not found or found[0].offset != offset:
                    raise Unavailable(f"Kafka does not give record {offset} of {place.topic}-{partition} again")
                yield offset, found[0].key, found[0].value
        except KafkaError as error:
            raise Unavailable(f"Kafka does not give records of {place.topic}-{partition} again: {error!r}") from error
        finally:
            consumer.close()

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
