"""What travels through the streamer, and what its two ends must offer: a source of messages, an sink for records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from weather import dead_letter
from weather.errors import RejectedRecord


@dataclass(frozen=True, slots=True)
class Message:
    """One row on its way: its key (such as the station), the event time as sortable text, and its fields as JSON.

    `position` is where its source goes on after it; None stands for one row further than before. Its key says into
    which partition it goes, unless `partition` does.
    """

    key: bytes
    event_time: str
    value: bytes
    offset: int | None = None
    partition: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """A source that has nothing to send for so many seconds; `problem` says what is wrong, where something is."""

    seconds: float
    problem: str = ""


Item = Message | RejectedRecord | Pause
"""What a source yields."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Where rows go: the topic's name, its partitions, and the form in which it takes the fields of a row."""

    name: str
    partitions: int
    form: Callable[[bytes], bytes] = bytes

    @property
    def dead_letters(self) -> str:
        """The topic beside it, for records that cannot be used."""
        return dead_letter.topic_of(self.name)


class Source(Protocol):
    """A replayable sequence of messages in event-time order.

    `messages(skip)` yields the messages after position `skip`, RejectedRecords for what cannot be used, and Pauses
    where it has nothing to yield now; only a message moves the position. It ends early once `cancelled()` is true,
    and raises SourceError where the data is unreadable.
    """

    counts: Counter[str]

    @property
    def name(self) -> str:
        """What a person calls this source, such as its file name."""

    @property
    def fingerprint(self) -> str:
        """Which data `messages` reads; other data has another one, so that a position is not applied to it."""

    @property
    def total(self) -> int | None:
        """How many messages there are, once known; None where there is no end."""

    def refresh(self) -> None:
        """Take up data that has changed since it was last read; SourceError where it cannot be read any more."""

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]: ...

    def end_marker(self) -> Message | None:
        """The record that tells readers of the topic that the data has ended; None if this source sends none."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Record:
    """One record on its way to a topic."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = field(default=())
    partition: int | None = None
    is_row: bool = True
    """False for what is no row of the source, such as a dead letter; only rows are counted as sent."""
