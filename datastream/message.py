"""The data types of the streamer (Message, Record, Topic), and the interface of a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from weather import dead_letter
from weather.errors import RejectedRecord


@dataclass(frozen=True, slots=True)
class Message:
    """One row: its key (such as the station), its event time as sortable text, and its fields as JSON.

    `offset`: where to resume after this message; None means one row further. The key decides the partition, unless
    `partition` is set.
    """

    key: bytes
    event_time: str
    value: bytes
    offset: int | None = None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """The source has nothing to send for `seconds`. `problem` is the reason if something is wrong."""

    seconds: float
    problem: str = ""


@dataclass
class Following:
    """The state of a source that polls its data every `every` seconds (0 = reads it once).

    `live` is true when all that existed was sent. Times are seconds since 1970, 0 if never: `checked_at` of the last
    poll that worked, `changed_at` of the last one that found new or changed rows.
    """

    every: float
    moment: Callable[[str], datetime]
    """The moment of an event time, in UTC."""
    live: bool = False
    checked_at: float = 0.0
    changed_at: float = 0.0

    def status(self, event_time: str) -> dict[str, object]:
        """The state as plain JSON values, with the age in seconds of the newest row that was sent."""
        late = (datetime.now(UTC) - self.moment(event_time)).total_seconds() if event_time else None
        return {
            "follow": self.every,
            "live": self.live,
            "checked_at": self.checked_at or None,
            "changed_at": self.changed_at or None,
            "late_seconds": None if late is None else round(late),
        }


@dataclass
class ReadOnce(Following):
    """The state of a source that reads its data once."""

    def status(self, event_time: str) -> dict[str, object]:
        """Nothing is polled, and the rows of a replay are as old as they are."""
        return super().status("")


READ_ONCE = ReadOnce(0.0, datetime.fromisoformat)

Item = Message | RejectedRecord | Pause
"""What a source yields."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic for rows: its name, its number of partitions, and the function `form` that encodes a row's fields."""

    name: str
    partitions: int
    form: Callable[[bytes], bytes] = bytes

    @property
    def dead_letters(self) -> str:
        """The dead-letter topic, for invalid records."""
        return dead_letter.topic_of(self.name)


class Source(Protocol):
    """A replayable sequence of messages in event-time order.

    `messages(skip)` yields the messages after offset `skip`, RejectedRecords for invalid rows, and Pauses while it has
    nothing to yield; only a message moves the offset. When it is resumed after a Pause, every message before it is
    confirmed and its offset is stored, unless `cancelled()`. It ends early if `cancelled()` is true, and raises
    SourceError if the data is unreadable.
    """

    counts: Counter[str]

    @property
    def following(self) -> Following | None:
        """The state of a source that polls its data; None if it reads its data once."""

    @property
    def name(self) -> str:
        """The displayed name of this source, such as its file name."""

    @property
    def fingerprint(self) -> str:
        """Identifies the data that `messages` reads, so that a stored position is never applied to other data."""

    @property
    def earlier_fingerprint(self) -> str:
        """What versions up to 0.2 stored in place of `fingerprint` for the same data."""

    @property
    def total(self) -> int | None:
        """The number of messages; None while it is unknown or if the source is endless."""

    def refresh(self) -> None:
        """Pick up data that has changed since it was last read. Raise SourceError if it is no longer readable."""

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]: ...

    def end_marker(self) -> Message | None:
        """The record that marks the end of the data in the topic; None if this source sends none."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Record:
    """One record for a topic."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = field(default=())
    partition: int | None = None
    is_row: bool = True
    """False for a record that is not a row of the source, such as a dead letter. Only rows count as sent."""
