"""What travels through the streamer: one message to publish, and what a source must offer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from weather.errors import RejectedRecord


@dataclass(frozen=True, slots=True)
class Message:
    """One Kafka message: its key (the station), the event time as sortable text, and the JSON value."""

    key: bytes
    event_time: str
    value: bytes


class Source(Protocol):
    """A replayable sequence of messages in event-time order.

    `messages(skip)` yields messages from the `skip`-th on, and RejectedRecords for what cannot be used;
    a RejectedRecord does not count as a position. Raises SourceError where the data is unreadable.
    """

    counts: Counter[str]

    @property
    def name(self) -> str:
        """What a person calls this source, such as its file name."""

    @property
    def fingerprint(self) -> str:
        """Changes when the data changes, so that a kept position is not applied to other data."""

    @property
    def total(self) -> int | None:
        """How many messages there are, once known."""

    def messages(self, skip: int = 0) -> Iterator[Message | RejectedRecord]: ...

    def close(self) -> None: ...
