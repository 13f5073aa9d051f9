"""USCRN 5-minute files on disk (`CRNS0101-05-<year>-<place>.txt`): find them, check them, read their rows."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from datastream.sources.lines import ROWS_THAT_PROVE_A_FORMAT, files_at, first_valid, read_lines
from datastream.sources.uscrn.five_minute_row import Row, is_stretched, parse_row
from weather.errors import RejectedRecord, SourceError
from weather.settings import sources
from weather.uscrn import LOCAL_DATE, LOCAL_TIME, SOURCE_FILE, STATION, parse_moment

NAMES = ("CRNS0101-05-*.txt", "CRNS0101-05-*.txt.gz")
"""The names of the files that are read from a folder. It may hold others, such as NOAA's HEADERS.txt."""


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files, and those of the folders, by name. Raise SourceError if one does not exist, or a folder has none."""
    return [file for path in paths for file in files_of(path)]


def files_of(path: Path) -> list[Path]:
    """The file itself, or the 5-minute files of a folder, by name. Raise SourceError if there is none."""
    return files_at(path, "USCRN_DATA", _of_folder, f"file {' or '.join(NAMES)}")


def _of_folder(folder: Path) -> Iterator[Path]:
    return (file for name in NAMES for file in folder.glob(name))


@dataclass
class FileSummary:
    """Summary of files for one local date, or for all: rows, and the place (file, line) of each station's last row."""

    rows: int = 0
    last: dict[int, tuple[int, int]] = field(default_factory=dict)
    first_station: dict[int, int] = field(default_factory=dict)
    """File number → the station of its first row."""

    @property
    def stations(self) -> list[int]:
        return sorted(self.last)


def numbered_rows(path: Path, counts: Counter[str]) -> Iterator[tuple[int, Row | RejectedRecord]]:
    """Each row of a file with its line number; an invalid row as a RejectedRecord, counted as `rejected`.

    Raise SourceError if none of the first hundred rows is valid: this is another kind of file.
    """
    good = bad = 0
    first_problem = ""
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = parse_row(line)
        except ValueError as error:
            bad += 1
            first_problem = first_problem or f"{path}, line {number}: {error}"
            if not good and bad >= ROWS_THAT_PROVE_A_FORMAT:
                raise SourceError(f"{first_problem}; none of the first {bad} rows is valid") from None
            counts["rejected"] += 1
            yield number, RejectedRecord(str(error), line.rstrip(b"\r\n"), f"{path.name}, line {number}")
            continue
        good += 1
        if is_stretched(line):
            counts["repaired"] += 1
        row[SOURCE_FILE] = path.name
        yield number, row
    if not good:
        raise SourceError(first_problem or f"{path}: no rows")


def check(options: sources.Uscrn) -> None:
    """Raise SourceError unless each file is complete, one of its first rows is valid, and there are enough partitions.

    If one date is chosen, only the source itself finds out which stations have rows, and checks the partitions.
    """
    rows = [first_valid(file, enumerate(read_lines(file), start=1), parse_row) for file in find_files(options.local)]
    stations = {row[STATION] for row in rows}
    if not options.date and stations:
        check_partitions(len(stations), options.mode, options.partitions)


def check_partitions(stations: int, mode: str, partitions: int) -> None:
    """Raise SourceError if a station would have no partition of its own."""
    if mode == "partitioned" and stations > partitions:
        raise SourceError(
            f"USCRN_PARTITIONS={partitions}: {stations} stations need a partition each; set it to {stations} before "
            "the topic is created, or set USCRN_MODE=sequential"
        )


@dataclass(frozen=True)
class Coverage:
    """The first and last time in files, in local standard time."""

    first: datetime
    last: datetime


def contents(paths: Sequence[Path]) -> Coverage:
    """The coverage of all files, from the first and last rows of each. The rows of a file must be in time order.

    Raise SourceError if no row is valid.
    """
    moments = []
    for file in find_files(paths):
        lines = (line for line in read_lines(file) if line.strip())
        first = list(islice(lines, ROWS_THAT_PROVE_A_FORMAT))
        rows = [row for line in [*first, *deque(lines, maxlen=ROWS_THAT_PROVE_A_FORMAT)] if (row := _row(line))]
        moments += [parse_moment(str(row[LOCAL_DATE]), str(row[LOCAL_TIME])) for row in rows]
    if not moments:
        raise SourceError(f"USCRN_DATA={' '.join(map(str, paths))}: no row is valid")
    return Coverage(min(moments), max(moments))


def _row(line: bytes) -> Row | None:
    try:
        return parse_row(line)
    except ValueError:
        return None
