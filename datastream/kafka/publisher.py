"""The streamer's only use of the Kafka client: topics, the idempotent producer, and whether the broker answers.

Delivery promise: at least once. The broker confirms a message (`acks=all`, idempotent, 10 retries), or the message
is kept and sent again. A repeated message is harmless, because points are stored at event time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from datastream.kafka.in_flight import Confirming
from datastream.message import Record, Topic
from weather import settings
from weather.errors import SetupError, SourceError, Unavailable
from weather.kafka import admin, close_producer, create_missing_topics, ends_of_topics
from weather.logs import facts

log = logging.getLogger(__name__)

RETRIES = 10
DELIVERY_TIMEOUT_MS = 30_000
REQUEST_TIMEOUT_MS = 10_000
BLOCK_MS = 5_000
MAX_RECONNECT_BACKOFF_MS = 2_000
LINGER_MS = 100
BATCH_BYTES = 256 * 1024
ANSWER_TIMEOUT_MS = 3_000


def readings(kafka: settings.Kafka) -> Topic:
    """The topic of the readings. It exists with every source, because Spark waits for it."""
    return Topic(kafka.topic, kafka.partitions)


def ensure_topics(kafka: settings.Kafka, topics: Sequence[Topic] = ()) -> None:
    """Create these topics, the topic of the readings and their dead-letter topics, if they do not exist.

    Raise Unavailable if Kafka does not answer.
    """
    wanted = {topic.name: topic for topic in (readings(kafka), *topics)}
    with admin(kafka.bootstrap_servers, "cannot create topics") as client:
        if existing := set(client.list_topics()) & set(wanted):
            for topic in client.describe_topics(sorted(existing)):
                _warn_of_other_partitions(topic, wanted[topic["name"]].partitions)
        if created := create_missing_topics(client, _partitions(wanted.values())):
            log.info(facts("topics_created", topics=",".join(created)))


def remove_topics(kafka: settings.Kafka, topics: Sequence[Topic]) -> None:
    """Delete these topics and their dead-letter topics.

    Raise Unavailable if Kafka does not answer or a topic is still being deleted.
    """
    with admin(kafka.bootstrap_servers, "cannot delete topics") as client:
        existing = sorted(set(client.list_topics()) & set(_partitions(topics)))
        if existing:
            with suppress(UnknownTopicOrPartitionError):  # another program deleted it between the two calls
                client.delete_topics(existing)
            log.warning(facts("topics_deleted", topics=",".join(existing)))
        if still := set(client.list_topics()) & set(existing):
            raise Unavailable(f"Kafka at {kafka.bootstrap_servers} is still deleting {', '.join(sorted(still))}")


def _partitions(topics: Iterable[Topic]) -> dict[str, int]:
    return {name: topic.partitions for topic in topics for name in (topic.name, topic.dead_letters)}


def _warn_of_other_partitions(topic: dict[str, Any], wanted: int) -> None:
    if (found := len(topic["partitions"])) != wanted:
        then = "left unchanged: with more partitions, the records of a station would lose their order"
        log.warning(facts("partition_count_differs", topic=topic["name"], has=found, setting=wanted, then=then))


def check_answers(kafka: settings.Kafka) -> None:
    """Return if the broker answers a request for its metadata. Raise Unavailable otherwise."""
    with admin(kafka.bootstrap_servers) as client:
        client.describe_cluster()


class Publisher(Confirming):
    """Sends records in the background and keeps those that failed, so that they are sent again.

    A record may arrive in its topic twice, but never for the first time after a record that was sent later.
    Each partition that records name has its own producer.
    """

    def __init__(self, kafka: settings.Kafka, topics: Sequence[Topic] = ()) -> None:
        super().__init__()
        self._kafka = kafka
        self._topics = topics or (readings(kafka),)
        self._producers: dict[int | None, KafkaProducer] = {}

    def prepare(self) -> None:
        """Create the missing topics. Raise Unavailable if Kafka does not answer."""
        ensure_topics(self._kafka, self._topics)

    def ends_in_kafka(self) -> dict[str, dict[int, int]]:
        """Topic → partition → the offset after its last record. Raise Unavailable if Kafka does not answer."""
        with admin(self._kafka.bootstrap_servers, "does not say where topics end") as client:
            return ends_of_topics(client, [topic.name for topic in self._topics])

    def recreate(self) -> None:
        """Delete the topics with all their records and create them again. Raise Unavailable until that is done."""
        self._discard_producers()  # they have the metadata of the old topics
        self._wait_for_answers()
        self._in_flight.forget()
        remove_topics(self._kafka, self._topics)
        ensure_topics(self._kafka, self._topics)

    def send(self, record: Record) -> None:
        """Send a record. If Kafka does not accept it, keep it for `retry_failed` and raise Unavailable."""
        self._hand_over(record)

    def _hand_over(self, record: Record, number: int | None = None) -> None:
        try:
            future = self._open(record.partition).send(
                record.topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=record.partition,
            )
        except ValueError:
            if record.partition is None:
                raise
            raise SourceError(
                f"topic {record.topic} has no partition {record.partition}: it was created with fewer; "
                "./clean.sh --yes deletes it with all other data, ./build_setup.sh then creates it with enough"
            ) from None
        except KafkaError as error:
            self._in_flight.came_back(record, error, number)
            raise Unavailable(f"Kafka at {self._kafka.bootstrap_servers} accepts no messages: {error!r}") from error
        self._in_flight.add(record, future, number)

    def retry_failed(self) -> None:
        """Send all failed and unconfirmed records again. Raise Unavailable if that is not possible yet.

        A later record must not overtake a failed one. So the producers are closed (one may be broken anyway): every
        record comes back, and new producers send all of them in their original order.
        """
        self._discard_producers()
        self._wait_for_answers()
        self._check_topics()
        failures = self._in_flight.failures
        for _ in range(self._in_flight.undelivered):
            number, record = self._in_flight.next_undelivered()
            self._hand_over(record, number)
            if self._in_flight.failures > failures:
                raise Unavailable(f"messages wait to be sent again: {self._in_flight.last_failure}")

    def _check_topics(self) -> None:
        """Raise SetupError if a topic was deleted, Unavailable if Kafka does not answer.

        The failed records are forgotten then: they would come before those that the topic held.
        """
        with admin(self._kafka.bootstrap_servers) as client:
            existing = set(client.list_topics())
        if missing := ", ".join(topic.name for topic in self._topics if topic.name not in existing):
            self._in_flight.forget()
            raise SetupError(
                f"topic {missing} was deleted: ./start-streaming.sh creates it, and sends all rows that it held again"
            )

    def flush(self, timeout: float) -> None:
        """Wait until every record is confirmed. Raise Unavailable if some are not within `timeout` seconds."""
        late: KafkaError | None = None
        for producer in self._producers.values():
            try:
                producer.flush(timeout=timeout)
            except KafkaError as error:
                late = error
                break
        self._in_flight.collect()
        if undelivered := self._in_flight.undelivered:  # it says more than that others are late
            raise Unavailable(f"{undelivered} messages wait to be sent again: {self._in_flight.last_failure}")
        if late:
            raise Unavailable(f"Kafka did not confirm all messages within {timeout:g} s: {late!r}") from late
        if unconfirmed := self._in_flight.unconfirmed:  # a producer that was discarded still holds them
            raise Unavailable(f"{unconfirmed} messages are not confirmed yet")

    def close(self, timeout: float) -> None:
        """Flush each producer for at most `timeout` seconds and close it. Log the records that are unconfirmed then."""
        producers, self._producers = self._producers, {}
        for producer in producers.values():
            if error := close_producer(producer, timeout):
                unconfirmed = self._in_flight.unconfirmed
                log.error(facts("closed_with_unconfirmed_messages", messages=unconfirmed, error=repr(error)))

    def _open(self, partition: int | None = None) -> KafkaProducer:
        if partition not in self._producers:
            self._producers[partition] = KafkaProducer(
                bootstrap_servers=self._kafka.bootstrap_servers,
                client_id="datastream",
                acks="all",
                enable_idempotence=True,
                retries=RETRIES,
                delivery_timeout_ms=DELIVERY_TIMEOUT_MS,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                max_block_ms=BLOCK_MS,
                reconnect_backoff_max_ms=MAX_RECONNECT_BACKOFF_MS,
                linger_ms=LINGER_MS,
                batch_size=BATCH_BYTES,
            )
        return self._producers[partition]

    def _discard_producers(self) -> None:
        """Close the producers; the next send opens new ones. Their records fail at once."""
        self.close(timeout=0)

    def _wait_for_answers(self) -> None:
        """Return when each record is confirmed or has failed. Raise Unavailable after ANSWER_TIMEOUT_MS."""
        until = time.monotonic() + ANSWER_TIMEOUT_MS / 1000
        self._in_flight.collect()
        while unconfirmed := self._in_flight.unconfirmed:
            if time.monotonic() > until:
                raise Unavailable(f"{unconfirmed} messages are still in flight")
            time.sleep(0.02)
            self._in_flight.collect()
