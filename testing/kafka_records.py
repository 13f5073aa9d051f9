"""The records of a topic, in a form that tests can compare."""

from __future__ import annotations

from kafka import KafkaConsumer

from weather import settings


def read_all(kafka: settings.Kafka, topic: str) -> list[tuple[int, bytes | None, bytes | None, dict[str, bytes]]]:
    """(partition, key, value, headers) of every record of a topic."""
    consumer = KafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest", consumer_timeout_ms=3000
    )
    records = [(r.partition, r.key, r.value, dict(r.headers)) for r in consumer]
    consumer.close()
    return records
