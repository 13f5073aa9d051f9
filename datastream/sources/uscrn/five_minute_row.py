"""One line of a USCRN 5-minute file → one row. Pure: no access to files or the network.

Format: 23 columns separated by any number of spaces, no header. Missing values are sentinels such as -9999.0. They
are kept: the stream carries the station's own values, and the consumers judge them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from weather.uscrn import COLUMNS, DATE, LOCAL_DATE, LOCAL_TIME, TIME, UTC_DATE, UTC_TIME, Column, parse_moment

Row = dict[str, int | float | str]

_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{0,9})?", re.ASCII)
_SPARE_BYTES = 1000
"""A line that is this many bytes longer than its cells contains runs of spaces."""


def parse_row(line: bytes) -> Row:
    """The typed columns of one line. Raise ValueError, with the reason, if the line is invalid."""
    line = line.rstrip(b"\r\n")
    if _CONTROL.search(line):
        raise ValueError("control characters in the row")
    try:
        cells = line.decode("ascii").split()
    except UnicodeDecodeError:
        raise ValueError("not ASCII text") from None
    if len(cells) != len(COLUMNS):
        glued = ": two rows in one line" if len(cells) >= 2 * len(COLUMNS) - 1 else ""
        raise ValueError(f"{len(cells)} columns instead of {len(COLUMNS)}{glued}")
    row = {column.name: _READ[column.type](column, cell) for column, cell in zip(COLUMNS, cells, strict=True)}
    _check_moment(str(row[UTC_DATE]), str(row[UTC_TIME]))
    _check_moment(str(row[LOCAL_DATE]), str(row[LOCAL_TIME]))
    return row


def is_stretched(line: bytes) -> bool:
    """Whether the line contains runs of hundreds of spaces. NOAA's own tools have trouble with such rows."""
    return len(line) - len(b" ".join(line.split())) > _SPARE_BYTES


@lru_cache(maxsize=65536)
def _integer(column: Column, cell: str) -> int:
    if not _INTEGER.fullmatch(cell):
        raise ValueError(f"{column.name}={cell[:40]!r} is not a whole number")
    return int(cell)


@lru_cache(maxsize=65536)
def _number(column: Column, cell: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise ValueError(f"{column.name}={cell[:40]!r} is not a number with a decimal point")
    return float(cell)


def _text(column: Column, cell: str) -> str:
    return cell


def _digits(length: int) -> Callable[[Column, str], str]:
    """Reads dates and times. Restores leading zeros that an earlier program may have lost: `5` becomes `0005`."""

    def padded(column: Column, cell: str) -> str:
        if not cell.isdigit() or len(cell) > length:
            raise ValueError(f"{column.name}={cell[:40]!r} is not a {column.type} of {length} digits")
        return cell.zfill(length)

    return padded


@lru_cache(maxsize=65536)
def _check_moment(date: str, time: str) -> None:
    try:
        parse_moment(date, time)
    except ValueError as error:
        raise ValueError(f"{date} {time} is not a valid time: {error}") from None


_READ: dict[object, Callable[[Column, str], int | float | str]] = {
    int: _integer, float: _number, str: _text, DATE: _digits(8), TIME: _digits(4)
}  # fmt: skip
