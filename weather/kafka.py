"""The Kafka operations that the programs share: describe topics, create them, write to dead-letter topics.

This module needs a package, the Kafka client. Programs that run before the installation do not import it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError

from weather import dead_letter
from weather.errors import Unavailable

REPLICATION_FACTOR = 1
ADMIN_TIMEOUT_MS = 5_000
RETRIES = 10
FLUSH_TIMEOUT = 30.0
CLOSE_TIMEOUT = 5.0


@contextmanager
def admin(bootstrap_servers: str, problem: str = "does not answer") -> Iterator[KafkaAdminClient]:
    """An admin client for this block. Raise Unavailable, with `problem`, for every error of the client."""
    try:
        client = KafkaAdminClient(
            bootstrap_servers=bootstrap_servers,
            request_timeout_ms=ADMIN_TIMEOUT_MS,
            bootstrap_timeout_ms=ADMIN_TIMEOUT_MS,
        )
        try:
            yield client
        finally:
            client.close()
    except KafkaError as error:
        raise Unavailable(f"Kafka at {bootstrap_servers} {problem}: {error!r}") from error


def create_missing_topics(
    client: KafkaAdminClient, partitions: Mapping[str, int], configs: Mapping[str, str] | None = None
) -> list[str]:
    """Create those topics (name → number of partitions) that do not exist, with `configs`. Return their names."""
    existing = set(client.list_topics())
    missing = {
        name: {"num_partitions": count, "replication_factor": REPLICATION_FACTOR, "configs": dict(configs or {})}
        for name, count in partitions.items()
        if name not in existing
    }
    if missing:
        with contextlib.suppress(TopicAlreadyExistsError):  # another program created it first
            client.create_topics(missing, wait_for_metadata=True)
    return list(missing)


def describe_topic(client: KafkaAdminClient, name: str) -> dict[str, Any] | None:
    """Kafka's description of a topic, with `topic_id` and `partitions`; None if there is no such topic."""
    try:
        (found,) = client.describe_topics([name])
    except UnknownTopicOrPartitionError:
        return None
    return None if found["error_code"] else dict(found)


def ends_of_topics(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[int, int]]:
    """Topic → partition → the offset after its last record, of those topics that exist."""
    found: dict[str, dict[int, int]] = {name: {} for name in names}
    described = client.describe_topics(sorted(set(names) & set(client.list_topics())))
    places = [
        TopicPartition(topic["name"], each["partition_index"]) for topic in described for each in topic["partitions"]
    ]
    for place, end in client.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST)).items():
        found[place.topic][place.partition] = end.offset
    return found


class DeadLetterWriter:
    """Sends invalid records to the dead-letter topic of their topic, as received, with the reason in headers.

    Delivery promise: at least once. A program that is killed before it has committed its offsets sends the same
    records again; the header `origin` (topic, partition, offset) identifies them.
    """

    def __init__(self, bootstrap_servers: str, topic: str, component: str) -> None:
        self._servers = bootstrap_servers
        self._topic = topic
        self._component = component
        self._producer: KafkaProducer | None = None
        self._sent: list[Any] = []

    def send(self, reason: str, partition: int, offset: int, key: bytes | None, value: bytes | None) -> None:
        """Send one record of the topic; `flush` waits for the confirmation."""
        if self._producer is None:
            self._producer = KafkaProducer(bootstrap_servers=self._servers, acks="all", retries=RETRIES)
        key, value, reason = dead_letter.fitting(key, value, reason)
        headers = list(dead_letter.headers(reason, self._component, f"{self._topic}-{partition}@{offset}"))
        topic = dead_letter.topic_of(self._topic)
        self._sent.append(self._producer.send(topic, key=key, value=value, headers=headers))

    def flush(self) -> None:
        """Return when Kafka has confirmed every record. Raise KafkaError if it has not within FLUSH_TIMEOUT."""
        if self._producer is not None:
            self._producer.flush(timeout=FLUSH_TIMEOUT)
            for future in self._sent:
                future.get(timeout=FLUSH_TIMEOUT)
            self._sent = []

    def close(self) -> None:
        """Close the producer. `flush` has raised the delivery failures already."""
        producer, self._producer = self._producer, None
        if producer is not None:
            close_producer(producer, CLOSE_TIMEOUT)


def close_producer(producer: KafkaProducer, timeout: float) -> KafkaError | None:
    """Flush a producer for at most `timeout` seconds and end it. Return the error if records were not confirmed.

    Those records fail. kafka-python's own `close` raises before it has ended its thread if the flush fails: the thread
    would go on, and with `enable_idempotence` it may keep records in flight indefinitely.
    """
    try:
        producer.close(timeout=timeout)
    except KafkaError as error:
        producer._sender.force_close()
        return error
    return None
