"""The records of a topic, in a form that tests can compare."""

from __future__ import annotations

import contextlib

from kafka import KafkaConsumer, TopicPartition

from weather import settings


def read_all(kafka: settings.Kafka, topic: str) -> list[tuple[int, bytes | None, bytes | None, dict[str, bytes]]]:
    """(partition, key, value, headers) of every record that a topic has now; empty if there is no such topic."""
    with contextlib.closing(KafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)) as consumer:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        if not partitions:
            return []
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(partitions)
        records = []
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            for found in consumer.poll(timeout_ms=1000).values():
                records += [(r.partition, r.key, r.value, dict(r.headers)) for r in found]
        return records
