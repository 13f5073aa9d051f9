"""The consumers' only use of the Kafka client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaConsumer
from kafka.errors import KafkaError

from weather.errors import Unavailable

ANSWER_WITHIN_MS = 10_000


@dataclass(frozen=True)
class Received:
    """A message as it lies in the topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class Subscription:
    """Messages of one topic, from partitions that the broker assigns to a member of a group."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    def poll(self, seconds: float) -> Iterator[Received]:
        """What arrives within so many seconds; Unavailable where the broker refuses."""
        try:
            batches = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except KafkaError as error:
            raise Unavailable(f"the topic cannot be read: {error!r}") from error
        for records in batches.values():
            for record in records:
                yield Received(record.partition, record.offset, record.key, record.value)


@contextmanager
def subscribed(bootstrap_servers: str, topic: str, group: str) -> Iterator[Subscription]:
    """A subscription that begins where the group left off, a new group at the end of the topic; Unavailable."""
    try:
        consumer = KafkaConsumer(
            topic,
            bootstrap_servers=bootstrap_servers,
            group_id=group,
            bootstrap_timeout_ms=ANSWER_WITHIN_MS,
        )
    except KafkaError as error:
        raise Unavailable(f"Kafka at {bootstrap_servers} does not answer: {error!r}") from error
    try:
        yield Subscription(consumer)
    finally:
        consumer.close()
