"""The progress of a replay: the last rows sent, and the position from which a killed streamer resumes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from datastream.message import Message, Source, Topic
from datastream.replay import position
from datastream.replay.position import Position


@dataclass(frozen=True)
class Replay:
    """The options of a replay.

    `recreate_refusal` says why the topics must not be recreated; empty if they may be.
    """

    topics: tuple[Topic, ...]
    loop: bool
    position_file: Path
    initial_time_delta: float
    recreate_refusal: str = ""


class Progress:
    """Tracks the offset of one replay. `committed` never runs ahead of what Kafka has confirmed."""

    def __init__(self, source: Source, replay: Replay) -> None:
        self._source = source
        self._replay = replay
        self._latest: dict[bytes, bytes] = {}
        self.event_time = ""
        self.offset = 0
        self.committed = 0

    @property
    def is_committed(self) -> bool:
        """Whether the committed offset is that of the last row."""
        return self.offset == self.committed

    def kept(self) -> Position | None:
        """The stored position; None if there is none or it belongs to other data."""
        kept = position.load(self._replay.position_file)
        return kept if kept is not None and kept.fingerprint == self._source.fingerprint else None

    def go_to(self, row: int) -> None:
        """Set the offset: everything up to this row is sent and confirmed."""
        self.offset = self.committed = row

    def seen(self, message: Message) -> None:
        """Advance the offset: this row was sent."""
        self.offset = self.offset + 1 if message.offset is None else message.offset
        self.event_time = message.event_time
        self._latest[message.key] = message.value

    def commit(self) -> None:
        """Commit the offset: every row so far is confirmed."""
        self.committed = self.offset

    def save(self, running: bool, time_delta: float) -> None:
        """Store the committed offset on disk, with the time delta and whether the stream is running."""
        position.save(
            self._replay.position_file,
            Position(
                fingerprint=self._source.fingerprint,
                offset=self.committed,
                running=running,
                time_delta=time_delta,
                initial_time_delta=self._replay.initial_time_delta,
            ),
        )

    @property
    def keys(self) -> int:
        """The number of keys, such as stations, that were sent."""
        return len(self._latest)

    def latest(self) -> list[bytes]:
        """The fields of the last row of each key, as JSON, sorted by key."""
        return [value for _, value in sorted(self._latest.copy().items())]
