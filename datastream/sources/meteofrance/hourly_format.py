"""Hourly files as a format that can be followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import orjson

from datastream.message import Message
from datastream.sources.follow.format import Key, Row, Stream
from datastream.sources.lines import read_lines
from datastream.sources.meteofrance.hourly_file import find_files
from datastream.sources.meteofrance.hourly_row import DELIMITER, parse_header, parse_row
from weather.reading import END_OF_STREAM, HOUR, MEASURED, STATION_ID, STATION_NAME, parse_hour


class HourlyFormat:
    """Météo-France's hourly files: a row is identified by its station's number and its hour."""

    field_names = tuple(field.source for field in MEASURED)
    corrects = True

    def files(self, path: Path) -> list[Path]:
        return find_files(path)

    def moment(self, event_time: str) -> datetime:
        return parse_hour(event_time)

    def end_marker(self, newest: str) -> Message:
        return end_marker(newest)

    def open(self, path: Path, counts: Counter[str]) -> HourlyFile:
        return HourlyFile(path, counts)

    def addressed(self, message: Message, stream: Stream, is_last: bool) -> Message:
        return message

    def withdrawn(self, key: Key, label: str) -> dict[str, str]:
        return {STATION_ID: key[0], STATION_NAME: label, HOUR: key[1]}


class HourlyFile:
    """One hourly file. A last line that is still being written is left out."""

    def __init__(self, path: Path, counts: Counter[str]) -> None:
        self._counts = counts
        self._lines = read_lines(path)
        self._layout = parse_header(next(self._lines), path)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        for number, line in enumerate(self._lines, start=2):
            complete = line.endswith(b"\n") or line.count(DELIMITER.encode()) == self._layout.width - 1
            if line.strip() and complete:
                yield number, line

    def key(self, line: bytes) -> Key | None:
        cells = line.split(DELIMITER.encode(), max(self._layout.station, self._layout.hour) + 1)
        try:
            return cells[self._layout.station].strip().decode(), cells[self._layout.hour].strip().decode()
        except (IndexError, UnicodeDecodeError):
            return None

    def row(self, line: bytes) -> Row | None:
        message = parse_row(line, self._layout, self._counts)
        if message is None:
            return None
        fields = {name: message[name] for name in HourlyFormat.field_names if name in message}
        return Row((str(message[STATION_ID]), str(message[HOUR])), str(message[STATION_NAME]), fields, message)


def end_marker(newest: str) -> Message:
    """The newest hour, under the key END_OF_STREAM: programs that compute days can complete the last ones."""
    return Message(END_OF_STREAM, newest, orjson.dumps({HOUR: newest}))
