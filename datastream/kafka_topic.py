"""The streamer's only use of the Kafka client: topics, the idempotent producer, and whether the broker answers.

Delivery promise: at least once. A message is confirmed by the broker (`acks=all`, idempotent, 10 retries), or it
comes back through `in_flight` and is sent again. Points at event time make a repeated message harmless.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError, RetriableError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from datastream.in_flight import InFlight
from datastream.message import Record, Topic
from weather import settings
from weather.errors import Unavailable
from weather.logs import facts

log = logging.getLogger(__name__)

RETRIES = 10
DELIVERY_TIMEOUT_MS = 30_000
REQUEST_TIMEOUT_MS = 10_000
BLOCK_MS = 5_000
RECONNECT_WITHIN_MS = 2_000
LINGER_MS = 20
BATCH_BYTES = 256 * 1024
ANSWER_WITHIN_MS = 3_000


def readings(kafka: settings.Kafka) -> Topic:
    """The topic that Spark reads, whatever the source: it waits for it."""
    return Topic(kafka.topic, kafka.partitions)


def ensure_topics(kafka: settings.Kafka, topics: Sequence[Topic] = ()) -> None:
    """Create these topics, that of the readings and their dead-letter topics where missing; Unavailable if Kafka is."""
    wanted = {topic.name: topic for topic in (readings(kafka), *topics)}
    with _admin(kafka, "cannot create topics") as admin:
        existing = set(admin.list_topics())
        missing = {name: options for name, options in _options(wanted.values()).items() if name not in existing}
        if there := existing & set(wanted):
            for topic in admin.describe_topics(sorted(there)):
                _warn_of_other_partitions(topic, wanted[topic["name"]].partitions)
        if missing:
            with suppress(TopicAlreadyExistsError):  # somebody else made it between the two calls
                admin.create_topics(missing, wait_for_metadata=True)
                log.info(facts("topics_created", topics=",".join(missing)))


def remove_topics(kafka: settings.Kafka, topics: Sequence[Topic]) -> None:
    """Remove these topics and their dead-letter topics; Unavailable where Kafka, or one of them still, is."""
    with _admin(kafka, "cannot remove topics") as admin:
        there = sorted(set(admin.list_topics()) & set(_options(topics)))
        if there:
            with suppress(UnknownTopicOrPartitionError):  # somebody else removed it between the two calls
                admin.delete_topics(there)
            log.warning(facts("topics_removed", topics=",".join(there)))
        if still := set(admin.list_topics()) & set(there):
            raise Unavailable(f"Kafka at {kafka.bootstrap_servers} is still removing {', '.join(sorted(still))}")


def _options(topics: Iterable[Topic]) -> dict[str, dict[str, int]]:
    return {
        name: {"num_partitions": topic.partitions, "replication_factor": 1}
        for topic in topics
        for name in (topic.name, topic.dead_letters)
    }


def _warn_of_other_partitions(topic: dict[str, Any], wanted: int) -> None:
    if (found := len(topic["partitions"])) != wanted:
        then = "left as it is: more partitions would break the order of each station"
        log.warning(facts("other_partitions", topic=topic["name"], has=found, setting=wanted, then=then))


def check_answers(kafka: settings.Kafka) -> None:
    """Return when the broker answers a request for its metadata; Unavailable otherwise."""
    with _admin(kafka, "does not answer") as admin:
        admin.describe_cluster()


@contextmanager
def _admin(kafka: settings.Kafka, problem: str) -> Iterator[KafkaAdminClient]:
    """A client for one question; what fails is Unavailable, told with this problem."""
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=kafka.bootstrap_servers,
            client_id="datastream-admin",
            request_timeout_ms=ANSWER_WITHIN_MS,
            bootstrap_timeout_ms=ANSWER_WITHIN_MS,
        )
        try:
            yield admin
        finally:
            admin.close()
    except KafkaError as error:
        raise Unavailable(f"Kafka at {kafka.bootstrap_servers} {problem}: {error!r}") from error


class Publisher:
    """Sends records in the background and keeps what could not be delivered, so that it is sent again."""

    def __init__(self, kafka: settings.Kafka, topics: Sequence[Topic] = ()) -> None:
        self._kafka = kafka
        self._topics = topics or (readings(kafka),)
        self._producer: KafkaProducer | None = None
        self.in_flight = InFlight()

    def prepare(self) -> None:
        """Create the topics where they are missing; Unavailable where Kafka does not answer."""
        ensure_topics(self._kafka, self._topics)

    def recreate(self) -> None:
        """Remove the topics with all that is in them, and create them again; Unavailable as long as that takes."""
        self._discard_producer()  # it knows the old ones
        self.in_flight.collect()
        if unconfirmed := self.in_flight.unconfirmed:
            raise Unavailable(f"{unconfirmed} messages are still on their way to the old topics")
        self.in_flight.forget_undelivered()
        remove_topics(self._kafka, self._topics)
        ensure_topics(self._kafka, self._topics)

    def send(self, record: Record) -> None:
        """Hand a record over; a record that Kafka does not take is kept, and Unavailable is raised."""
        try:
            future = self._open().send(record.topic, value=record.value, key=record.key, headers=list(record.headers))
        except KafkaError as error:
            self.in_flight.came_back(record, error)
            if not isinstance(error, RetriableError):
                self._discard_producer()
            raise Unavailable(f"Kafka at {self._kafka.bootstrap_servers} takes no message: {error!r}") from error
        self.in_flight.add(record, future)

    def resend(self) -> None:
        """Send again what could not be delivered; Unavailable when Kafka still takes nothing."""
        for _ in range(self.in_flight.undelivered):
            self.send(self.in_flight.next_undelivered())

    def flush(self, timeout: float) -> None:
        """Wait until every record handed over is confirmed; Unavailable when some are not within `timeout` seconds."""
        if self._producer is not None:
            try:
                self._producer.flush(timeout=timeout)
            except KafkaError as error:
                raise Unavailable(f"Kafka did not confirm all messages within {timeout:g} s: {error!r}") from error
        self.in_flight.collect()
        if undelivered := self.in_flight.undelivered:
            raise Unavailable(f"{undelivered} messages wait to be sent again: {self.in_flight.last_failure}")
        if unconfirmed := self.in_flight.unconfirmed:  # an earlier producer, given up, still has them
            raise Unavailable(f"{unconfirmed} messages are not confirmed yet")

    def close(self, timeout: float) -> None:
        """Flush for at most `timeout` seconds and end the producer; what is not delivered by then is logged."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.close(timeout=timeout)
            except KafkaError as error:
                unconfirmed = self.in_flight.unconfirmed
                log.error(facts("closed_with_messages_unconfirmed", messages=unconfirmed, error=repr(error)))

    def _open(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self._kafka.bootstrap_servers,
                client_id="datastream",
                acks="all",
                enable_idempotence=True,
                retries=RETRIES,
                delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                max_block_ms=BLOCK_MS,
                reconnect_backoff_max_ms=RECONNECT_WITHIN_MS,
                linger_ms=LINGER_MS,
                batch_size=BATCH_BYTES,
            )
        return self._producer

    def _discard_producer(self) -> None:
        """A producer may be beyond use (a fatal transaction state): the next send opens another.

        What it holds is confirmed or fails in its own time, and counts as unconfirmed until then.
        """
        self.close(timeout=0)
