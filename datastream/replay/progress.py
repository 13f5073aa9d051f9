"""How far a replay has come: what was sent last, and the position that a killed streamer goes on from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from datastream.message import Message, Source, Topic
from datastream.replay import position
from datastream.replay.position import Position


@dataclass(frozen=True)
class Replay:
    """What to do with the rows of a source.

    `recreate_refusal` says why nobody may have the topics removed and made anew; empty where that is possible.
    """

    topics: tuple[Topic, ...]
    loop: bool
    position_file: Path
    initial_time_delta: float
    recreate_refusal: str = ""


class Progress:
    """Counts the rows of one replay. `committed` never runs ahead of what Kafka has confirmed."""

    def __init__(self, source: Source, replay: Replay) -> None:
        self._source = source
        self._replay = replay
        self._latest: dict[bytes, bytes] = {}
        self.event_time = ""
        self.offset = 0
        self.committed = 0

    @property
    def is_committed(self) -> bool:
        """Whether the kept position is that of the last row."""
        return self.offset == self.committed

    def kept(self) -> Position | None:
        """The kept position, if it was made with the data that is there now."""
        kept = position.load(self._replay.position_file)
        return kept if kept is not None and kept.fingerprint == self._source.fingerprint else None

    def go_to(self, row: int) -> None:
        """Everything up to this row is sent and confirmed."""
        self.offset = self.committed = row

    def seen(self, message: Message) -> None:
        """This row was handed over."""
        self.offset = self.offset + 1 if message.offset is None else message.offset
        self.event_time = message.event_time
        self._latest[message.key] = message.value

    def commit(self) -> None:
        """Every row so far is confirmed."""
        self.committed = self.offset

    def save(self, running: bool, time_delta: float) -> None:
        """Keep the committed position on disk, and whether the stream is running, at which time delta."""
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
        """How many keys, such as stations, were seen."""
        return len(self._latest)

    def latest(self) -> list[bytes]:
        """The fields of the last row of each key, as JSON, by key."""
        return [value for _, value in sorted(self._latest.copy().items())]
