"""The streamer's only use of the Kafka client: topics, the idempotent producer, and whether the broker answers.

Delivery promise: at least once. A message is confirmed by the broker (`acks=all`, idempotent, 10 retries), or it
comes back through `undelivered` and is sent again. Points at event time make a repeated message harmless.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError, RetriableError, TopicAlreadyExistsError

from datastream.message import Record
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


def ensure_topics(kafka: settings.Kafka) -> None:
    """Create the topic of the readings and its dead-letter topic where they are missing; Unavailable if Kafka is."""
    wanted = {
        name: {"num_partitions": kafka.partitions, "replication_factor": 1}
        for name in (kafka.topic, kafka.dead_letter_topic)
    }
    try:
        admin = _admin(kafka)
        try:
            existing = set(admin.list_topics())
            missing = {name: options for name, options in wanted.items() if name not in existing}
            if missing:
                admin.create_topics(missing, wait_for_metadata=True)
                log.info(facts("topics_created", topics=",".join(missing), partitions=kafka.partitions))
            else:
                _warn_of_other_partitions(admin, kafka)
        except TopicAlreadyExistsError:
            pass  # somebody else made it between the two calls
        finally:
            admin.close()
    except KafkaError as error:
        raise Unavailable(f"Kafka at {kafka.bootstrap_servers} cannot create topics: {error!r}") from error


def _warn_of_other_partitions(admin: KafkaAdminClient, kafka: settings.Kafka) -> None:
    for topic in admin.describe_topics([kafka.topic]):
        if len(topic["partitions"]) != kafka.partitions:
            log.warning(
                facts(
                    "other_partitions", topic=kafka.topic, has=len(topic["partitions"]), setting=kafka.partitions,
                    then="left as it is: more partitions would break the order of each station",
                )
            )  # fmt: skip


def check_answers(kafka: settings.Kafka) -> None:
    """Return when the broker answers a request for its metadata; Unavailable otherwise."""
    try:
        admin = _admin(kafka)
        try:
            admin.describe_cluster()
        finally:
            admin.close()
    except KafkaError as error:
        raise Unavailable(f"Kafka at {kafka.bootstrap_servers} does not answer: {error!r}") from error


def _admin(kafka: settings.Kafka) -> KafkaAdminClient:
    return KafkaAdminClient(
        bootstrap_servers=kafka.bootstrap_servers,
        client_id="datastream-admin",
        request_timeout_ms=ANSWER_WITHIN_MS,
        bootstrap_timeout_ms=ANSWER_WITHIN_MS,
    )


class Publisher:
    """Sends records in the background and keeps what could not be delivered, so that it is sent again."""

    def __init__(self, kafka: settings.Kafka) -> None:
        self._kafka = kafka
        self.on_confirmed: Callable[[Record], None] = lambda record: None
        self._lock = threading.Lock()
        self._undelivered: deque[Record] = deque()
        self._unconfirmed = 0
        self._producer: KafkaProducer | None = None
        self.failures = 0
        self.last_failure = ""

    @property
    def undelivered(self) -> int:
        """How many records wait to be sent again."""
        return len(self._undelivered)

    def prepare(self) -> None:
        """Create the topics where they are missing; Unavailable where Kafka does not answer."""
        ensure_topics(self._kafka)

    def send(self, record: Record) -> None:
        """Hand a record over; a record that Kafka does not take is kept, and Unavailable is raised."""
        try:
            future = self._open().send(record.topic, value=record.value, key=record.key, headers=list(record.headers))
        except KafkaError as error:
            self._keep(record, error)
            if not isinstance(error, RetriableError):
                self._discard_producer()
            raise Unavailable(f"Kafka at {self._kafka.bootstrap_servers} takes no message: {error!r}") from error
        self._count_unconfirmed(+1)
        future.add_callback(lambda _: self._confirm(record))
        future.add_errback(lambda error: self._fail(record, error))

    def resend(self) -> None:
        """Send again what could not be delivered; Unavailable when Kafka still takes nothing."""
        for _ in range(len(self._undelivered)):
            with self._lock:
                record = self._undelivered.popleft()
            self.send(record)

    def flush(self, timeout: float) -> None:
        """Wait until every record handed over is confirmed; Unavailable when some are not within `timeout` seconds."""
        if self._producer is not None:
            try:
                self._producer.flush(timeout=timeout)
            except KafkaError as error:
                raise Unavailable(f"Kafka did not confirm all messages within {timeout:g} s: {error!r}") from error
        if self._undelivered:
            raise Unavailable(f"{len(self._undelivered)} messages wait to be sent again: {self.last_failure}")
        if self._unconfirmed:  # an earlier producer, given up, still has them
            raise Unavailable(f"{self._unconfirmed} messages are not confirmed yet")

    def close(self, timeout: float) -> None:
        """Flush for at most `timeout` seconds and end the producer; what is not delivered by then is logged."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.close(timeout=timeout)
            except KafkaError as error:
                log.error(facts("closed_with_messages_unconfirmed", messages=self._unconfirmed, error=repr(error)))

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

    def _count_unconfirmed(self, change: int) -> None:
        with self._lock:
            self._unconfirmed += change

    def _confirm(self, record: Record) -> None:
        self.on_confirmed(record)
        self._count_unconfirmed(-1)

    def _fail(self, record: Record, error: Exception) -> None:
        self._keep(record, error)
        self._count_unconfirmed(-1)

    def _keep(self, record: Record, error: Exception) -> None:
        with self._lock:
            self._undelivered.append(record)
            self.failures += 1
        if repr(error) != self.last_failure:
            log.error(facts("delivery_failed", topic=record.topic, error=repr(error), then="sent again"))
        self.last_failure = repr(error)

    def _discard_producer(self) -> None:
        """A producer may be beyond use (a fatal transaction state): the next send opens another.

        What it holds is confirmed or fails in its own time, and counts as unconfirmed until then.
        """
        self.close(timeout=0)
