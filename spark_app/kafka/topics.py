"""The topics that the application reads and writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weather import settings
from weather.errors import Unavailable
from weather.kafka import admin, create_missing_topics, describe_topic


def missing_topics(kafka: settings.Kafka, wanted: Sequence[str]) -> list[str]:
    """Which of these topics do not exist yet. Raise Unavailable if Kafka does not answer."""
    with admin(kafka.bootstrap_servers) as client:
        existing = set(client.list_topics())
    return [topic for topic in wanted if topic not in existing]


def ensure_topics(kafka: settings.Kafka, partitions: Mapping[str, int]) -> None:
    """Create those topics (name → partitions) that do not exist. Raise Unavailable if Kafka does not answer."""
    with admin(kafka.bootstrap_servers) as client:
        create_missing_topics(client, partitions)


def topic_id(kafka: settings.Kafka, topic: str) -> str:
    """The id of a topic; a topic that was deleted and recreated has another. Raise Unavailable if there is none."""
    with admin(kafka.bootstrap_servers) as client:
        found = describe_topic(client, topic)
    if found is None:
        raise Unavailable(f"Kafka at {kafka.bootstrap_servers} has no topic {topic}")
    return str(found["topic_id"])
