"""The interface of a file format whose files can be followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from datastream.message import Message

Key = tuple[str, str]
"""What identifies a row: its station and its event time, as sortable text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One valid row: its key, its label (such as the station's name), its fields, and its message's JSON."""

    key: Key
    label: str
    fields: dict[str, Any]
    """The measured values. If none of them changes, the row has not changed: a label or a place holds from now on."""
    message: dict[str, Any]


@dataclass(frozen=True)
class Stream:
    """All that is sent from one ledger: the ledger's id, and the labels of its rows in the order of their numbers."""

    id: str
    labels: tuple[str, ...]


class FileOfRows(Protocol):
    """One file, opened: `lines` yields its rows' lines with their numbers."""

    def lines(self) -> Iterator[tuple[int, bytes]]: ...

    def key(self, line: bytes) -> Key | None:
        """The key of a line, found without a check of the other cells; None if it has none."""

    def row(self, line: bytes) -> Row | None:
        """The row of a line; None without any measurement. Raise ValueError, with the reason, if it is invalid."""


class Format(Protocol):
    """A file format. `field_names` are the measured fields, in an order that must not change.

    With `corrects`, a row that has changed is sent again, and a row that is withdrawn is sent as such. Without it each
    row is sent once, because its consumers cannot replace what they have computed from it.
    """

    field_names: tuple[str, ...]
    corrects: bool

    def files(self, path: Path) -> list[Path]:
        """The file itself, or the files of this format in a folder. Raise SourceError if there is none."""

    def moment(self, event_time: str) -> datetime:
        """The moment of an event time, in UTC."""

    def end_marker(self, newest: str) -> Message | None:
        """The record behind the last row, if the rows have an end; None if this format has none."""

    def open(self, path: Path, counts: Counter[str]) -> FileOfRows:
        """Raise SourceError if the file has no valid header."""

    def addressed(self, message: Message, stream: Stream, is_last: bool) -> Message:
        """The message with its partition and headers. `is_last`: no message of its station follows in this stream."""

    def withdrawn(self, key: Key, label: str) -> dict[str, Any]:
        """The message for a row that the source no longer has."""
