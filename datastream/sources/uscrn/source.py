"""The USCRN source: 5-minute files as messages, file after file or all stations merged by time.

The values are the 23 columns as the station sent them, and the name of the file. Everything else that the job needs is
in Kafka headers, so that the topic contains only rows: a header marks the last row of each station.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import chain, islice
from pathlib import Path

import orjson

from datastream.message import Item, Message
from datastream.sources.lines import earlier_fingerprint, fingerprint
from datastream.sources.uscrn.five_minute_file import FileSummary, check_partitions, find_files, numbered_rows
from datastream.sources.uscrn.five_minute_row import Row
from weather.errors import RejectedRecord, SourceError
from weather.settings import sources
from weather.uscrn import HEADER_LAST, HEADER_STATIONS, HEADER_STREAM, LOCAL_DATE, STATION, UTC_DATE, UTC_TIME


class Uscrn:
    """Rows in a fixed order, so that a stored offset stays valid: file after file, or merged by UTC time.

    The first replay reads all files once before it sends a row, to detect damaged files and to find the last row of
    each station. Mode `partitioned` gives each station its own partition; a file belongs to the station of its first
    row.
    """

    def __init__(self, options: sources.Uscrn) -> None:
        self.counts: Counter[str] = Counter()
        self.following = None
        self._options = options
        self._summary: FileSummary | None = None
        self._fingerprint = ""

    @property
    def name(self) -> str:
        names = [file.name for file in find_files(self._options.local)]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    @property
    def fingerprint(self) -> str:
        if not self._fingerprint:
            self._fingerprint = self._fingerprint_now()
        return self._fingerprint

    @property
    def earlier_fingerprint(self) -> str:
        return earlier_fingerprint(find_files(self._options.local), self._options.mode, self._options.date)

    @property
    def total(self) -> int | None:
        return self._summary.rows if self._summary else None

    def refresh(self) -> None:
        if self._fingerprint_now() != self._fingerprint:
            self.close()

    def end_marker(self) -> None:
        """None: a header of each station's last row marks the end."""

    def close(self) -> None:
        self._summary, self._fingerprint = None, ""

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
        files = find_files(self._options.local)
        if self._summary is None:
            self.counts.clear()
            self._fingerprint = self._fingerprint_now()
            summary = FileSummary()
            for item in self._look_through(files, summary):
                if cancelled():
                    return
                if item is not None:
                    yield item
            self._summary = summary
        for message in islice(self._ordered(files, self._summary), skip, None):
            if cancelled():
                return
            yield message

    def _look_through(self, files: Sequence[Path], summary: FileSummary) -> Iterator[RejectedRecord | None]:
        """Fill the summary. Yield invalid rows, and None after each row so that the caller can cancel."""
        for number, file in enumerate(files):
            for line, row in numbered_rows(file, self.counts):
                if isinstance(row, RejectedRecord):
                    yield row
                elif self._is_asked_for(row):
                    station = int(row[STATION])
                    summary.rows += 1
                    summary.last[station] = (number, line)
                    summary.first_station.setdefault(number, station)
                else:
                    self.counts["skipped"] += 1
                yield None
        if not summary.rows:
            raise SourceError(f"{self.name}: no row has the local date USCRN_DATE={self._options.date}")
        check_partitions(len(set(summary.first_station.values())), self._options.mode, self._options.partitions)

    def _ordered(self, files: Sequence[Path], summary: FileSummary) -> Iterator[Message]:
        if self._options.mode == "sequential":
            return chain.from_iterable(self._messages(files, number, summary) for number in range(len(files)))
        lanes: dict[int, list[int]] = {}
        for number, station in summary.first_station.items():
            lanes.setdefault(station, []).append(number)
        rows = [self._lane(files, numbers, summary, lane) for lane, numbers in enumerate(lanes.values())]
        return merge(*rows, key=lambda message: message.event_time)

    def _lane(
        self, files: Sequence[Path], numbers: Sequence[int], summary: FileSummary, lane: int
    ) -> Iterator[Message]:
        """The files of one station, in order. The rows of a station keep their order."""
        for number in numbers:
            yield from self._messages(files, number, summary, lane)

    def _messages(
        self, files: Sequence[Path], number: int, summary: FileSummary, partition: int | None = None
    ) -> Iterator[Message]:
        stations = " ".join(map(str, summary.stations)).encode()
        of_stream = ((HEADER_STATIONS, stations), (HEADER_STREAM, self.fingerprint.encode()))
        together = of_stream if partition is not None else ()
        for line, row in numbered_rows(files[number], Counter()):
            if isinstance(row, RejectedRecord) or not self._is_asked_for(row):
                continue
            station = int(row[STATION])
            is_last = summary.last[station] == (number, line)
            yield Message(
                key=str(station).encode(),
                event_time=f"{row[UTC_DATE]}{row[UTC_TIME]}",
                value=orjson.dumps(row),
                partition=partition,
                headers=together + (((HEADER_LAST, b"1"),) if is_last else ()),
            )

    def _is_asked_for(self, row: Row) -> bool:
        return self._options.date in ("", row[LOCAL_DATE])

    def _fingerprint_now(self) -> str:
        return fingerprint(find_files(self._options.local), self._options.mode, self._options.date)
