"""The consumers' only use of the Kafka client: reading by consumer group or by partition, dead letters, topic ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import (
    KafkaError,
    LogTruncationError,
    OffsetOutOfRangeError,
)

from consumers.kafka.received import Received, Refused, Topic
from weather import dead_letter
from weather.errors import SetupError, Unavailable
from weather.kafka import DeadLetterWriter, admin, create_missing_topics, describe_topic

CONNECT_TIMEOUT_MS = 10_000
MAX_RECORDS_PER_POLL = 20_000


class Subscription:
    """Messages of one topic, from the partitions that the broker assigns to a member of a consumer group."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    def poll(self, seconds: float) -> Iterator[Received]:
        """Yield the messages that arrive within `seconds`. Raise Unavailable if the broker refuses."""
        try:
            batches = self._consumer.poll(timeout_ms=int(seconds * 1000))
        except KafkaError as error:
            raise Unavailable(f"the topic cannot be read: {error!r}") from error
        for records in batches.values():
            yield from records


class Partitions:
    """Messages of the partitions that a program assigns to itself, each from the offset that it chooses."""

    def __init__(self, consumer: KafkaConsumer, admin: KafkaAdminClient, topic: Topic) -> None:
        self._consumer = consumer
        self._admin = admin
        self.topic = topic

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Read each partition from its offset on. Raise SetupError if the topic does not reach back or up to it."""
        positions = {TopicPartition(self.topic.name, partition): offset for partition, offset in offsets.items()}
        with answering("the topic's offsets cannot be read"):
            self._consumer.assign(list(positions))
            first, end = self._consumer.beginning_offsets(list(positions)), self._consumer.end_offsets(list(positions))
            for position, offset in positions.items():
                if not first[position] <= offset <= end[position]:
                    raise _gone(position, f"offset {offset} (available: {first[position]} to {end[position]})")
                self._consumer.seek(position, offset)

    def poll(self, seconds: float) -> dict[int, Sequence[Received]]:
        """Partition → its messages within `seconds`, in order. Raise SetupError if an offset no longer exists."""
        with answering("the topic cannot be read"):
            try:
                batches = self._consumer.poll(timeout_ms=int(seconds * 1000))
            except OffsetOutOfRangeError as error:
                position, offset = next(iter(error.args[0].items()))
                raise _gone(position, f"offset {offset}") from error
            except LogTruncationError as error:
                raise _gone(next(iter(error.divergent_offsets)), "its last offset") from error
        return {position.partition: records for position, records in batches.items()}

    def check_unchanged(self) -> None:
        """Return if the topic is still the one that was opened. Raise SetupError if it was deleted meanwhile.

        Without this check, a topic that was recreated and has grown past the offset would be read without an error.
        """
        now = _described(self._admin, self.topic.name)
        if now is None or now.id != self.topic.id:
            raise SetupError(f"topic {self.topic.name} was deleted while it was read: the last messages are not stored")


class DeadLetters:
    """The dead-letter topic of a topic; it is created with the first record."""

    def __init__(self, bootstrap_servers: str, topic: Topic, component: str) -> None:
        self._servers = bootstrap_servers
        self._topic = topic
        self._writer = DeadLetterWriter(bootstrap_servers, topic.name, component)
        self._exists = False

    def send(self, refused: Sequence[Refused]) -> None:
        """Send invalid records with their reasons; `confirm` waits for them. Raise Unavailable if Kafka refuses."""
        if refused and not self._exists:
            with admin(self._servers) as client:
                create_missing_topics(client, {dead_letter.topic_of(self._topic.name): len(self._topic.partitions)})
            self._exists = True
        with answering("an invalid record cannot be sent to the dead-letter topic"):
            for each in refused:
                message = each.message
                self._writer.send(each.reason, message.partition, message.offset, message.key, message.value)

    def confirm(self) -> None:
        """Return when Kafka has confirmed every record. Raise Unavailable if it has not in time."""
        with answering("Kafka has not confirmed the dead letters"):
            self._writer.flush()

    def close(self) -> None:
        """Close the producer. Messages whose dead letters are unconfirmed were not committed; they are read again."""
        self._writer.close()


@contextmanager
def subscribed(bootstrap_servers: str, topic: str, group: str) -> Iterator[Subscription]:
    """A subscription that starts at the group's committed offset; a new group starts at the end of the topic.

    Raise Unavailable if Kafka does not answer.
    """
    with _consumer(bootstrap_servers, group_id=group) as consumer:
        consumer.subscribe([topic])
        yield Subscription(consumer)


@contextmanager
def opened(bootstrap_servers: str, topic: Topic) -> Iterator[Partitions]:
    """The topic, to be read by partition. Raise Unavailable if Kafka does not answer."""
    reading = {"group_id": None, "auto_offset_reset": "none", "max_poll_records": MAX_RECORDS_PER_POLL}
    with admin(bootstrap_servers) as client, _consumer(bootstrap_servers, **reading) as consumer:
        yield Partitions(consumer, client, topic)


def look_up(bootstrap_servers: str, name: str) -> Topic | None:
    """The topic of this name; None if it does not exist yet. Raise Unavailable if Kafka does not answer."""
    with admin(bootstrap_servers) as client:
        return _described(client, name)


@contextmanager
def _consumer(bootstrap_servers: str, **options: Any) -> Iterator[KafkaConsumer]:
    with answering(f"Kafka at {bootstrap_servers} does not answer"):
        connect = {"bootstrap_servers": bootstrap_servers, "bootstrap_timeout_ms": CONNECT_TIMEOUT_MS}
        consumer = KafkaConsumer(**connect, **options)
    try:
        yield consumer
    finally:
        consumer.close()


def _described(client: KafkaAdminClient, name: str) -> Topic | None:
    with answering(f"topic {name} cannot be looked up"):
        found = describe_topic(client, name)
    if found is None:
        return None
    numbers = sorted(partition["partition_index"] for partition in found["partitions"])
    return Topic(name, str(found["topic_id"]), tuple(numbers))


@contextmanager
def answering(otherwise: str) -> Iterator[None]:
    """Raise Unavailable, with `otherwise`, for every error of the client in this block."""
    try:
        yield
    except KafkaError as error:
        raise Unavailable(f"{otherwise}: {error!r}") from error


def _gone(position: TopicPartition, what: str) -> SetupError:
    return SetupError(
        f"partition {position.partition} of {position.topic} cannot resume at {what}: messages were deleted, "
        "by retention or because the topic was recreated. To start from the beginning, move the files of this "
        'partition away. To continue with the rest, set "offset" in the checkpoint to the first available offset'
    )
