"""One line of a Météo-France hourly file → one message. Pure: no access to files or the network.

Format: `;`-separated UTF-8 with one header line, missing values as empty cells, each value followed by its
quality code in the column `Q<name>` (0, 1, 9 good, 2 doubtful). Source: Météo-France, hourly climatological
base data, description of the fields.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from weather.errors import SourceError
from weather.limits import OUTSIDE_TIME, is_storable, tag_problem
from weather.reading import HOUR, MEASURED, MESSAGE_COLUMNS, PLACE, STATION_ID, STATION_NAME, parse_hour

DELIMITER = ";"
DOUBTFUL = "2"
TRACE_OF_RAIN = -0.1

_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})", re.ASCII)


@dataclass(frozen=True)
class Layout:
    """The positions of the columns in one file, from its header, and the number of columns of a row."""

    width: int
    station: int
    name: int
    hour: int
    place: tuple[tuple[str, int], ...]
    measured: tuple[tuple[str, int, int | None], ...]


def parse_header(line: bytes, path: Path) -> Layout:
    """The layout that a header line declares. Raise SourceError, naming the missing columns, if it is invalid."""
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SourceError(f"{path}, line 1: not UTF-8 text; expected the header of an hourly file") from None
    names = [name.strip() for name in text.split(DELIMITER)]
    missing = [name for name in MESSAGE_COLUMNS if name not in names]
    if missing and len(names) == 1 and STATION_ID in text:
        raise SourceError(f"{path}, line 1: the columns are not separated by {DELIMITER!r}: {text[:60]!r}")
    if missing:
        raise SourceError(
            f"{path}, line 1: the header lacks the column(s) {', '.join(missing)}; "
            f"expected those of a Météo-France hourly file: {', '.join(MESSAGE_COLUMNS)}"
        )
    at = names.index
    return Layout(
        width=len(names),
        station=at(STATION_ID),
        name=at(STATION_NAME),
        hour=at(HOUR),
        place=tuple((field.source, at(field.source)) for field in PLACE),
        measured=tuple(
            (field.source, at(field.source), at(f"Q{field.source}") if f"Q{field.source}" in names else None)
            for field in MEASURED
        ),
    )


def parse_row(line: bytes, layout: Layout, counts: Counter[str]) -> dict[str, str | int | float] | None:
    """The message of one row; None if the row has no measurement. Raise ValueError, with the reason, if it is invalid.

    Doubtful values are left out and counted as `doubtful`; a trace of rain (−0.1 mm) becomes 0.0 mm.
    """
    try:
        cells = line.decode("utf-8").rstrip("\r\n").split(DELIMITER)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    if len(cells) != layout.width:
        raise ValueError(f"{len(cells)} columns instead of {layout.width}")
    message: dict[str, str | int | float] = {
        STATION_ID: _text(STATION_ID, cells[layout.station]),
        STATION_NAME: _text(STATION_NAME, cells[layout.name]),
    }
    for column, index in layout.place:
        if cells[index].strip():
            message[column] = _number(column, cells[index])
    message[HOUR] = _hour(cells[layout.hour])
    empty = len(message)
    for column, index, quality in layout.measured:
        if not cells[index].strip():
            continue
        value = _number(column, cells[index])
        if quality is not None and cells[quality].strip() == DOUBTFUL:
            counts["doubtful"] += 1
            continue
        message[column] = 0.0 if column == "RR1" and value == TRACE_OF_RAIN else value
    return message if len(message) > empty else None


@lru_cache(maxsize=65536)
def _number(column: str, text: str) -> int | float:
    cell = text.strip()
    if not _NUMBER.fullmatch(cell):
        raise ValueError(f"{column}={cell[:40]!r} is not a number with a decimal point")
    return float(cell) if "." in cell else int(cell)


@lru_cache(maxsize=65536)
def _hour(text: str) -> str:
    cell = text.strip()
    try:
        hour = parse_hour(cell)
    except ValueError:
        raise ValueError(f"{HOUR}={cell[:40]!r} is not a UTC hour written as YYYYMMDDHH") from None
    if not is_storable(hour):
        raise ValueError(f"{HOUR}={cell!r} is {OUTSIDE_TIME}")
    return cell


@lru_cache(maxsize=65536)
def _text(column: str, text: str) -> str:
    cell = text.strip()
    if problem := tag_problem(cell):
        raise ValueError(f"{column}={cell[:40]!r} {problem}" if cell else f"{column} is empty")
    return cell
