"""The progress of a replay: the last rows sent, and the position from which a killed streamer resumes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from datastream.message import READ_ONCE, Message, Source, Topic
from datastream.replay import position
from datastream.replay.landmarks import Ends, Landmarks
from datastream.replay.position import Position
from weather.logs import facts

log = logging.getLogger(__name__)


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
        self._landmarks = Landmarks()
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
        if kept is None or kept.fingerprint == self._source.fingerprint:
            return kept
        return kept if kept.fingerprint == self._source.earlier_fingerprint else None

    def go_to(self, row: int) -> None:
        """Set the offset: everything up to this row is sent and confirmed."""
        self.offset = self.committed = row

    def resume(self, kept: Position | None) -> None:
        """Go to a stored position, or to the first row."""
        self._landmarks = Landmarks.of(kept.landmarks if kept else ())
        self.go_to(kept.offset if kept else 0)

    def go_back_to(self, present: Ends | None) -> None:
        """Go back to the last row that Kafka still holds: `present` is where the topics end, None if unknown."""
        if present is None or (last := self._landmarks.last) is None or last.is_in(present):
            return
        offset = self._landmarks.offset_within(present) or 0
        log.error(facts("kafka_has_lost_rows", confirmed=self.offset, then=f"the rows after {offset} are sent again"))
        self._landmarks = Landmarks.of(each for each in self._landmarks.all() if each.is_in(present))
        self.go_to(offset)

    def seen(self, message: Message) -> None:
        """Advance the offset: this row was sent."""
        self.offset = self.offset + 1 if message.offset is None else message.offset
        self.event_time = message.event_time
        self._latest[message.key] = message.value

    def commit(self, ends: Ends) -> None:
        """Commit the offset: every row so far is confirmed, and since this process began the topics end there."""
        self.committed = self.offset
        self._landmarks.set(self.offset, ends)

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
                landmarks=tuple(self._landmarks.all()),
            ),
        )

    def status(self) -> dict[str, object]:
        """The metrics of the source and of what was sent of it, as plain JSON values."""
        counts, keys = self._source.counts, len(self._latest)
        return {
            "rows_skipped": counts["skipped"],
            "rows_rejected": counts["rejected"],
            "rows_repaired": counts["repaired"],
            "rows_late": counts["late"],
            "rows_rolled_back": counts["rolled_back"],
            "values_doubtful": counts["doubtful"],
            "position": self.offset,
            "rows_total": self._source.total,
            "observation_hour": self.event_time,
            "file": self._source.name,
            "topic": ", ".join(topic.name for topic in self._replay.topics),
            "loop": self._replay.loop,
            "stations": keys,
            "source": self._source.name,
            "event_time": self.event_time,
            "keys": keys,
            **(self._source.following or READ_ONCE).status(self.event_time),
        }

    def latest(self) -> list[bytes]:
        """The fields of the last row of each key, as JSON, sorted by key."""
        return [value for _, value in sorted(self._latest.copy().items())]
