"""Météo-France hourly files on disk (`H_<department>_<period>.csv.gz`): find them and check them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from datastream.sources.lines import ROWS_THAT_PROVE_A_FORMAT, read_lines
from datastream.sources.meteofrance.hourly_row import DELIMITER, parse_header, parse_row
from weather.errors import SourceError
from weather.reading import parse_hour


def find_files(*paths: Path) -> list[Path]:
    """The files, and the `.csv` and `.csv.gz` files of folders, by name. Raise SourceError if one is missing."""
    return [file for path in paths for file in _files(path)]


def _files(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            files = sorted(p for p in path.iterdir() if p.name.endswith((".csv", ".csv.gz")) and p.is_file())
            if not files:
                raise SourceError(f"METEO_DATA={path}: the folder holds no .csv or .csv.gz file")
            return files
        if not path.exists():
            raise SourceError(f"METEO_DATA={path}: there is no such file or folder")
    except OSError as error:  # such as a parent folder that this user may not enter
        raise SourceError(f"METEO_DATA={path}: cannot be read: {error.strerror}") from None
    return [path]


def check(*paths: Path) -> None:
    """Raise SourceError unless each file is complete and one of its first rows is valid. Do not parse the rest."""
    for file in find_files(*paths):
        lines = read_lines(file)
        layout = parse_header(next(lines), file)
        problem = f"{file}: no rows after the header"
        usable = False
        for line_number, line in enumerate(lines, start=2):
            if usable or line_number > ROWS_THAT_PROVE_A_FORMAT + 1 or not line.strip():
                continue  # only read the rest, to detect a truncated file
            try:
                parse_row(line, layout, Counter())
                usable = True
            except ValueError as error:
                problem = f"{file}, line {line_number}: {error}; no row before it is valid"
        if not usable:
            raise SourceError(problem)


@dataclass(frozen=True)
class Coverage:
    """The first and last hour of hourly files, in UTC, and number and name of the station with the most values."""

    first: datetime
    last: datetime
    fullest_station: tuple[str, str]


def contents(*paths: Path) -> Coverage:
    """The coverage of all files, from rows with all columns. Raise SourceError if no row has a valid hour."""
    hours: set[bytes] = set()
    measured: Counter[bytes] = Counter()
    names: dict[bytes, bytes] = {}
    for file in find_files(*paths):
        lines = read_lines(file)
        layout = parse_header(next(lines), file)
        for line in lines:
            cells = line.split(DELIMITER.encode())
            if len(cells) == layout.width:
                hours.add(cells[layout.hour].strip())
                number = cells[layout.station].strip()
                names[number] = cells[layout.name].strip()
                measured[number] += sum(bool(cells[at].strip()) for _, at, _ in layout.measured)
    moments = [moment for text in hours if (moment := _moment(text))]
    if not moments:
        raise SourceError(f"{', '.join(map(str, paths))}: no row has a valid hour")
    fullest = min(measured, key=lambda number: (-measured[number], names[number]))
    station = fullest.decode("utf-8", errors="replace"), names[fullest].decode("utf-8", errors="replace")
    return Coverage(min(moments), max(moments), station)


def _moment(text: bytes) -> datetime | None:
    try:
        return parse_hour(text.decode("ascii"))
    except ValueError:
        return None
