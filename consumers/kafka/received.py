"""What a program gets from Kafka: messages, the ones that it refuses, and the topic's id and partitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Received(Protocol):
    """A message as stored in the topic."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True)
class Refused:
    """An invalid message and the reason."""

    message: Received
    reason: str


@dataclass(frozen=True)
class Topic:
    """A topic as the broker knows it. A topic that is recreated under its old name has another `id`."""

    name: str
    id: str
    partitions: tuple[int, ...]
