"""A source that streams into topics of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from datastream.message import Topic
from datastream.replay.streamer import Streamer
from testing.environment import eventually
from testing.kafka_records import read_all
from weather import settings


@dataclass
class Stream:
    """A source that streams into topics of this test's own."""

    streamer: Streamer
    kafka: settings.Kafka
    topics: tuple[Topic, ...]

    def records(self, number: int = 0) -> list[tuple[int, bytes | None, bytes | None]]:
        """(partition, key, value) of each record in one of its topics."""
        return [record[:3] for record in read_all(self.kafka, self.topics[number].name)]

    def wait_for(self, count: int) -> None:
        eventually(lambda: int(str(self.streamer.status()["rows_sent"])) >= count, f"{count} rows are sent")

    def send(self, count: int, time_delta: float = 0.0) -> None:
        """Stream, as fast as possible unless told, until so many rows are sent, or a few more, and stop."""
        self.streamer.time_delta = time_delta
        self.streamer.start()
        self.wait_for(count)
        self.streamer.stop()


OpenStream = Callable[..., Stream]
