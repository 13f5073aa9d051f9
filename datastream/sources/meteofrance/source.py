"""The Météo-France source: hourly files as messages in time order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import orjson

from datastream.message import Message
from datastream.sources.external_sort import TimeOrdered, TimeSorter
from datastream.sources.lines import ROWS_THAT_PROVE_A_FORMAT, earlier_fingerprint, fingerprint, read_lines
from datastream.sources.meteofrance.hourly_file import find_files
from datastream.sources.meteofrance.hourly_format import end_marker
from datastream.sources.meteofrance.hourly_row import parse_header, parse_row
from weather.errors import RejectedRecord, SourceError
from weather.reading import HOUR, STATION_ID


class MeteoFrance:
    """All stations of a file, or of a folder of files, merged in time order.

    The first replay sorts the files on disk in bounded memory. Later replays read the sorted copy, until
    `refresh` finds that the files have changed.
    """

    def __init__(self, *paths: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.following = None
        self._paths = paths
        self._sorted: TimeOrdered | None = None
        self._fingerprint = ""

    @property
    def name(self) -> str:
        return ", ".join(path.name for path in self._paths)

    @property
    def fingerprint(self) -> str:
        if not self._fingerprint:
            self._fingerprint = self._fingerprint_now()
        return self._fingerprint

    @property
    def earlier_fingerprint(self) -> str:
        return earlier_fingerprint(find_files(*self._paths))

    @property
    def total(self) -> int | None:
        return self._sorted.count if self._sorted else None

    def refresh(self) -> None:
        if self._fingerprint_now() != self._fingerprint:
            self.close()

    def messages(
        self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Message | RejectedRecord]:
        if self._sorted is None:
            self.counts.clear()
            self._fingerprint = self._fingerprint_now()
            sorter = TimeSorter()
            try:
                for item in chain.from_iterable(read_file(file, self.counts) for file in find_files(*self._paths)):
                    if cancelled():
                        return
                    if isinstance(item, Message):
                        sorter.add(item)
                    else:
                        yield item
                self._sorted = sorter.finish()
            finally:
                sorter.close()
        yield from self._sorted.messages(skip)

    def end_marker(self) -> Message | None:
        return end_marker(self._sorted.newest) if self._sorted is not None and self._sorted.newest else None

    def close(self) -> None:
        if self._sorted is not None:
            self._sorted.close()
        self._sorted, self._fingerprint = None, ""

    def _fingerprint_now(self) -> str:
        return fingerprint(find_files(*self._paths))


def read_file(path: Path, counts: Counter[str]) -> Iterator[Message | RejectedRecord]:
    """The valid rows of a file, in file order; an invalid row as a RejectedRecord, counted as `rejected`.

    A row without any measurement is counted as `skipped` and left out. Raise SourceError if the file is not an
    hourly file: none of its first 100 rows is valid, or it has no rows.
    """
    lines = read_lines(path)
    layout = parse_header(next(lines), path)
    good = bad = 0
    first_problem = ""
    for line_number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            row = parse_row(line, layout, counts)
        except ValueError as error:
            bad += 1
            first_problem = first_problem or f"{path}, line {line_number}: {error}"
            if not good and bad >= ROWS_THAT_PROVE_A_FORMAT:
                raise SourceError(f"{first_problem}; none of the first {bad} rows is valid") from None
            counts["rejected"] += 1
            yield RejectedRecord(str(error), line.rstrip(b"\r\n"), f"{path.name}, line {line_number}")
            continue
        good += 1
        if row is None:
            counts["skipped"] += 1
        else:
            yield Message(str(row[STATION_ID]).encode(), str(row[HOUR]), orjson.dumps(row))
    if not good:
        raise SourceError(first_problem or f"{path}: no rows after the header")
