"""Described files as a format that can be followed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import orjson

from datastream.message import Message
from datastream.sources.described.described_files import DescribedFile, find_files
from datastream.sources.follow.format import Key, Stream
from weather.description.model import STATION, STATION_ID, TIME, Description
from weather.reading import END_OF_STREAM


class DescribedFormat:
    """Files of a description: a row is identified by its key and its time."""

    corrects = True

    def __init__(self, description: Description) -> None:
        self.field_names = description.field_names
        self._description = description

    def files(self, path: Path) -> list[Path]:
        return find_files(path, self._description)

    def moment(self, event_time: str) -> datetime:
        return datetime.fromisoformat(event_time)

    def end_marker(self, newest: str) -> Message:
        """The time of the last row, under the key END_OF_STREAM."""
        return Message(END_OF_STREAM, newest, orjson.dumps({TIME: newest}))

    def open(self, path: Path, counts: Counter[str]) -> DescribedFile:
        return DescribedFile(path, counts, self._description)

    def addressed(self, message: Message, stream: Stream, is_last: bool) -> Message:
        return message

    def withdrawn(self, key: Key, label: str) -> dict[str, str]:
        return {STATION_ID: key[0], STATION: label, TIME: key[1]}
