"""USCRN's 5-minute files as a format that can be followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from datastream.message import Message
from datastream.sources.follow.format import Key, Row, Stream
from datastream.sources.lines import read_lines
from datastream.sources.uscrn.five_minute_file import check_partitions, files_of
from datastream.sources.uscrn.five_minute_row import is_stretched, parse_row
from weather.settings import sources
from weather.uscrn import (
    COLUMNS,
    HEADER_LAST,
    HEADER_STATIONS,
    HEADER_STREAM,
    LOCAL_DATE,
    SOURCE_FILE,
    STATION,
    UTC_DATE,
    UTC_TIME,
)  # fmt: skip

STATION_AT, DATE_AT, TIME_AT = (
    [column.name for column in COLUMNS].index(name) for name in (STATION, UTC_DATE, UTC_TIME)
)


class FiveMinuteFormat:
    """A row is identified by its station's number and its UTC time. All stations are merged by time.

    In mode `partitioned` the number of a label, which is a station's number, decides the partition.
    """

    field_names: tuple[str, ...] = ("row",)
    corrects = False

    def __init__(self, options: sources.Uscrn) -> None:
        self._options = options

    def files(self, path: Path) -> list[Path]:
        return files_of(path)

    def moment(self, event_time: str) -> datetime:
        return datetime.strptime(event_time, "%Y%m%d%H%M").replace(tzinfo=UTC)

    def end_marker(self, newest: str) -> None:
        """None: a header of each station's last row marks the end."""

    def open(self, path: Path, counts: Counter[str]) -> FiveMinuteFile:
        return FiveMinuteFile(path, counts, self._options.date)

    def addressed(self, message: Message, stream: Stream, is_last: bool) -> Message:
        last = ((HEADER_LAST, b"1"),) if is_last else ()
        if self._options.mode == "sequential":
            return replace(message, headers=last)
        check_partitions(len(stream.labels), self._options.mode, self._options.partitions)
        headers = ((HEADER_STATIONS, " ".join(stream.labels).encode()), (HEADER_STREAM, stream.id.encode()), *last)
        return replace(message, partition=stream.labels.index(message.key.decode()), headers=headers)

    def withdrawn(self, key: Key, label: str) -> dict[str, str]:
        raise NotImplementedError("a format without corrections withdraws nothing")


class FiveMinuteFile:
    """One 5-minute file. A last line that is still being written is left out."""

    def __init__(self, path: Path, counts: Counter[str], date: str) -> None:
        self._path = path
        self._counts = counts
        self._date = date

    def lines(self) -> Iterator[tuple[int, bytes]]:
        for number, line in enumerate(read_lines(self._path), start=1):
            if line.strip() and (line.endswith(b"\n") or len(line.split()) >= len(COLUMNS)):
                yield number, line

    def key(self, line: bytes) -> Key | None:
        try:
            cells = line.decode("ascii").split()
            return str(int(cells[STATION_AT])), cells[DATE_AT].zfill(8) + cells[TIME_AT].zfill(4)
        except (IndexError, ValueError):
            return None

    def row(self, line: bytes) -> Row | None:
        row = parse_row(line)
        if self._date not in ("", row[LOCAL_DATE]):
            return None
        if is_stretched(line):
            self._counts["repaired"] += 1
        station = str(row[STATION])
        message = row | {SOURCE_FILE: self._path.name}
        return Row((station, f"{row[UTC_DATE]}{row[UTC_TIME]}"), station, {"row": row}, message)
