"""Météo-France hourly files on disk (`H_<department>_<period>.csv.gz`): find them and check them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from datastream.sources.lines import files_at, first_valid, read_lines
from datastream.sources.meteofrance.hourly_row import DELIMITER, parse_header, parse_row
from weather.errors import SourceError
from weather.reading import parse_hour


def find_files(*paths: Path) -> list[Path]:
    """The files, and the `.csv` and `.csv.gz` files of folders, by name. Raise SourceError if one is missing."""
    return [file for path in paths for file in files_at(path, "METEO_DATA", _of_folder, ".csv or .csv.gz file")]


def _of_folder(folder: Path) -> Iterator[Path]:
    return (file for file in folder.iterdir() if file.name.endswith((".csv", ".csv.gz")))


def check(*paths: Path) -> None:
    """Raise SourceError unless each file is complete and one of its first rows is valid. Do not parse the rest."""
    for file in find_files(*paths):
        lines = read_lines(file)
        layout = parse_header(next(lines), file)
        parse = partial(parse_row, layout=layout, counts=Counter())
        first_valid(file, enumerate(lines, start=2), parse, "no rows after the header")


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
