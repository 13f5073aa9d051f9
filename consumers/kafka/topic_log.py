"""Topics read from their beginning to their present end, and appended to: for tools that look at what was stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from consumers.kafka.client import answering, look_up
from consumers.kafka.received import Received, Topic
from weather.errors import Unavailable
from weather.kafka import admin, close_producer, create_missing_topics

POLL_MS = 1_000
EMPTY_POLLS = 30
MAX_RECORDS_PER_POLL = 5_000
FLUSH_TIMEOUT = 30.0
RETRIES = 10


class Stored(Received, Protocol):
    """A record with the time at which it was sent, in milliseconds since 1970."""

    @property
    def timestamp(self) -> int: ...


class Cluster:
    """The topics of one Kafka cluster. Each method raises Unavailable if Kafka does not answer."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.servers = bootstrap_servers

    def topics(self) -> list[str]:
        """The names of all topics, sorted."""
        with admin(self.servers) as client:
            return sorted(client.list_topics())

    def topic(self, name: str) -> Topic | None:
        """The topic of this name; None if there is none."""
        return look_up(self.servers, name)

    def create_compacted(self, name: str) -> None:
        """Create a topic of one partition that keeps the last record of each key, unless it exists."""
        with admin(self.servers) as client:
            create_missing_topics(client, {name: 1}, {"cleanup.policy": "compact"})

    def ends(self, topic: Topic) -> dict[int, int]:
        """Partition → the offset after its last record."""
        with self._consumer() as consumer:
            found = consumer.end_offsets(_places(topic))
        return {place.partition: int(offset) for place, offset in found.items()}

    def records(self, topic: Topic, starts: Mapping[int, int] | None = None) -> Iterator[Stored]:
        """The records up to the present end, partition by partition in the order of their offsets.

        `starts`: partition → the first offset; a missing one, or one that retention has deleted, is the oldest record.
        """
        with self._consumer() as consumer:
            for place in _places(topic):
                consumer.assign([place])
                first = max(consumer.beginning_offsets([place])[place], (starts or {}).get(place.partition, 0))
                end = consumer.end_offsets([place])[place]
                if first < end:
                    consumer.seek(place, first)
                    yield from _up_to(consumer, place, end)

    @contextmanager
    def appender(self) -> Iterator[Appender]:
        """Appends records within this block."""
        with answering(f"Kafka at {self.servers} does not answer"):
            producer = KafkaProducer(
                bootstrap_servers=self.servers, acks="all", retries=RETRIES, enable_idempotence=True, linger_ms=5
            )
        try:
            yield Appender(producer)
        finally:
            close_producer(producer, FLUSH_TIMEOUT)

    @contextmanager
    def _consumer(self) -> Iterator[KafkaConsumer]:
        with answering(f"Kafka at {self.servers} cannot be read"):
            consumer = KafkaConsumer(
                bootstrap_servers=self.servers, group_id=None, enable_auto_commit=False,
                auto_offset_reset="earliest", max_poll_records=MAX_RECORDS_PER_POLL,
            )  # fmt: skip
            try:
                yield consumer
            finally:
                consumer.close()


class Appender:
    """Appends records. They are stored when `confirm` has returned."""

    def __init__(self, producer: KafkaProducer) -> None:
        self._producer = producer
        self._sent: list[Any] = []

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> None:
        """Send a record. Without `partition`, its key decides."""
        with answering(f"a record cannot be sent to topic {topic}"):
            future = self._producer.send(topic, key=key, value=value, headers=list(headers), partition=partition)
            self._sent.append(future)

    def confirm(self) -> None:
        """Return when Kafka has confirmed every record. Raise Unavailable if it has not in time."""
        with answering("Kafka has not confirmed every record"):
            self._producer.flush(timeout=FLUSH_TIMEOUT)
            for future in self._sent:
                future.get(timeout=FLUSH_TIMEOUT)
            self._sent = []


def _places(topic: Topic) -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for number in topic.partitions]


def _up_to(consumer: KafkaConsumer, place: TopicPartition, end: int) -> Iterator[Stored]:
    """The records before offset `end`. A compacted topic, or one with transactions, lacks some offsets."""
    silent = 0
    while consumer.position(place) < end:
        records = consumer.poll(timeout_ms=POLL_MS).get(place, [])
        silent = 0 if records else silent + 1
        if silent > EMPTY_POLLS:
            raise Unavailable(f"Kafka returns no more records of {place.topic}-{place.partition} before offset {end}")
        yield from (record for record in records if record.offset < end)
