"""The consumers' only use of the Kafka client: reading by group or by partition, dead letters, what a topic is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    KafkaError,
    LogTruncationError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
)

from consumers.kafka.received import Received, Refused, Topic
from weather import dead_letter
from weather.errors import SetupError, Unavailable

ANSWER_WITHIN_MS = 10_000
MOST_PER_POLL = 20_000
RETRIES = 10
CONFIRM_WITHIN = 30.0
CLOSE_WITHIN = 5.0


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
            yield from records


class Partitions:
    """Messages of the partitions that a program takes for itself, each from the offset that it says."""

    def __init__(self, consumer: KafkaConsumer, admin: KafkaAdminClient, topic: Topic) -> None:
        self._consumer = consumer
        self._admin = admin
        self.topic = topic

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Read each partition from its offset on; SetupError where the topic does not reach from or to there."""
        positions = {TopicPartition(self.topic.name, partition): offset for partition, offset in offsets.items()}
        with _answering("the topic's offsets cannot be read"):
            self._consumer.assign(list(positions))
            first, end = self._consumer.beginning_offsets(list(positions)), self._consumer.end_offsets(list(positions))
            for position, offset in positions.items():
                if not first[position] <= offset <= end[position]:
                    raise _gone(position, f"at offset {offset}, as there are {first[position]} to {end[position]}")
                self._consumer.seek(position, offset)

    def poll(self, seconds: float) -> dict[int, Sequence[Received]]:
        """Partition → what came within so many seconds, in its order; SetupError where an offset is gone."""
        with _answering("the topic cannot be read"):
            try:
                batches = self._consumer.poll(timeout_ms=int(seconds * 1000))
            except OffsetOutOfRangeError as error:
                position, offset = next(iter(error.args[0].items()))
                raise _gone(position, f"at offset {offset}") from error
            except LogTruncationError as error:
                raise _gone(next(iter(error.divergent_offsets)), "where it was") from error
        return {position.partition: records for position, records in batches.items()}

    def check_unchanged(self) -> None:
        """Return where the topic is still the one that was opened; SetupError where it was deleted meanwhile.

        Without this, a topic that was made again and has grown past the offset would be read on in silence.
        """
        now = _described(self._admin, self.topic.name)
        if now is None or now.id != self.topic.id:
            raise SetupError(f"topic {self.topic.name} was deleted while it was read: what came last is not kept")


class DeadLetters:
    """Keeps messages that cannot be used in `<topic>.dlq`, as received, with the reason in headers.

    At least once: a program that is killed before it has kept its offset sends the same letters again; their header
    `origin` (topic, partition, offset) tells.
    """

    def __init__(self, bootstrap_servers: str, topic: Topic, component: str) -> None:
        self._servers = bootstrap_servers
        self._topic = topic
        self._component = component
        self._producer: KafkaProducer | None = None
        self._sent: list[Any] = []

    def send(self, refused: Sequence[Refused]) -> None:
        """Hand letters over; `confirm` waits for them."""
        for letter in refused:
            message = letter.message
            origin = f"{self._topic.name}-{message.partition}@{message.offset}"
            key, value, reason = dead_letter.fitting(message.key, message.value, letter.reason)
            headers = list(dead_letter.headers(reason, self._component, origin))
            with _answering("a dead letter cannot be sent"):
                self._sent.append(self._open().send(f"{self._topic.name}.dlq", key=key, value=value, headers=headers))

    def confirm(self) -> None:
        """Return when Kafka has confirmed every letter; Unavailable where it has not."""
        if self._sent and self._producer is not None:
            with _answering("dead letters are not confirmed"):
                self._producer.flush(timeout=CONFIRM_WITHIN)
                for future in self._sent:
                    future.get(timeout=CONFIRM_WITHIN)
            self._sent = []

    def close(self) -> None:
        """End the producer; what is not confirmed was not kept either, and comes again."""
        if self._producer is not None:
            with contextlib.suppress(KafkaError):
                self._producer.close(timeout=CLOSE_WITHIN)

    def _open(self) -> KafkaProducer:
        if self._producer is None:
            _ensure_topic(self._servers, f"{self._topic.name}.dlq", len(self._topic.partitions))
            self._producer = KafkaProducer(bootstrap_servers=self._servers, acks="all", retries=RETRIES)
        return self._producer


@contextmanager
def subscribed(bootstrap_servers: str, topic: str, group: str) -> Iterator[Subscription]:
    """A subscription that begins where the group left off, a new group at the end of the topic; Unavailable."""
    with _consumer(bootstrap_servers, group_id=group) as consumer:
        consumer.subscribe([topic])
        yield Subscription(consumer)


@contextmanager
def opened(bootstrap_servers: str, topic: Topic) -> Iterator[Partitions]:
    """The topic, to be read partition by partition; Unavailable where Kafka does not answer."""
    reading = {"group_id": None, "auto_offset_reset": "none", "max_poll_records": MOST_PER_POLL}
    with _administrator(bootstrap_servers) as admin, _consumer(bootstrap_servers, **reading) as consumer:
        yield Partitions(consumer, admin, topic)


def look_up(bootstrap_servers: str, name: str) -> Topic | None:
    """The topic of this name, or None where there is none yet; Unavailable where Kafka does not answer."""
    with _administrator(bootstrap_servers) as admin:
        return _described(admin, name)


@contextmanager
def _consumer(bootstrap_servers: str, **options: Any) -> Iterator[KafkaConsumer]:
    with _answering(f"Kafka at {bootstrap_servers} does not answer"):
        consumer = KafkaConsumer(bootstrap_servers=bootstrap_servers, bootstrap_timeout_ms=ANSWER_WITHIN_MS, **options)
    try:
        yield consumer
    finally:
        consumer.close()


@contextmanager
def _administrator(bootstrap_servers: str) -> Iterator[KafkaAdminClient]:
    with _answering(f"Kafka at {bootstrap_servers} does not answer"):
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap_servers,
            request_timeout_ms=ANSWER_WITHIN_MS,
            bootstrap_timeout_ms=ANSWER_WITHIN_MS,
        )
    try:
        yield admin
    finally:
        admin.close()


def _described(admin: KafkaAdminClient, name: str) -> Topic | None:
    with _answering(f"topic {name} cannot be looked up"):
        try:
            (found,) = admin.describe_topics([name])
        except UnknownTopicOrPartitionError:
            return None
    if found["error_code"]:
        return None
    numbers = sorted(partition["partition_index"] for partition in found["partitions"])
    return Topic(name, str(found["topic_id"]), tuple(numbers))


def _ensure_topic(bootstrap_servers: str, name: str, partitions: int) -> None:
    with _administrator(bootstrap_servers) as admin, _answering(f"topic {name} cannot be made"):
        if _described(admin, name) is None:
            with contextlib.suppress(TopicAlreadyExistsError):
                options = {"num_partitions": partitions, "replication_factor": 1}
                admin.create_topics({name: options}, wait_for_metadata=True)


@contextmanager
def _answering(otherwise: str) -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise Unavailable(f"{otherwise}: {error!r}") from error


def _gone(position: TopicPartition, what: str) -> SetupError:
    return SetupError(
        f"partition {position.partition} of {position.topic} cannot go on {what}: messages are gone, "
        "by retention or because the topic was made again. To begin anew move the files of this partition away; to go "
        'on with what is left write its first offset as "offset" into the checkpoint'
    )
