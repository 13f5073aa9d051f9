"""What a program gets from a topic: the messages, those among them that it refuses, and what the topic is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Received(Protocol):
    """A message as it lies in the topic."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


@dataclass(frozen=True)
class Refused:
    """A message that a program cannot use, and why."""

    message: Received
    reason: str


@dataclass(frozen=True)
class Topic:
    """A topic as the broker knows it: deleted and made again under its old name, it has another `id`."""

    name: str
    id: str
    partitions: tuple[int, ...]
