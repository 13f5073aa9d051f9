"""The texts of a row's columns → its message, as the description says. Pure: no access to files or the network."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from datastream.sources.described.cells import Cells
from datastream.sources.follow.format import Key, Row
from weather.description.model import (
    ISO,
    LATITUDE,
    LONGITUDE,
    STATION,
    STATION_ID,
    TIME,
    UNIX,
    UNIX_MS,
    Columns,
    Description,
    Quantity,
)  # fmt: skip
from weather.description.model import Time as TimeColumns
from weather.limits import OUTSIDE_TIME, is_storable, tag_problem

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CACHED = 65_536


class RowReader:
    """Reads the rows of one description. Counts values that are not good as `doubtful`."""

    def __init__(self, description: Description, counts: Counter[str]) -> None:
        self._description = description
        self._counts = counts
        self._time = lru_cache(_CACHED)(lambda text: utc_text(text, description.time))
        self._number: Callable[[str, str], float] = lru_cache(_CACHED)(
            lambda name, text: number(name, text, description.decimal)
        )

    def key(self, cells: Cells) -> Key:
        """The key of a row. Raise ValueError, with the reason, if the row has none."""
        return self._station(cells), self._time(_joined(cells, self._description.time.columns))

    def row(self, cells: Cells) -> Row | None:
        """The row; None without any measurement. Raise ValueError, with the reason, if it is invalid."""
        description = self._description
        station, time = self.key(cells)
        label = cells.get(description.key.label, station) if description.key.label else station
        message: dict[str, Any] = {STATION_ID: station, STATION: _tag(description.key.label, label), TIME: time}
        message |= {tag: _tag(column, cells[column]) for tag, column in description.tags.items() if column in cells}
        if description.has_places:
            message |= self._place(cells)
        fields = {}
        for quantity in description.quantities:
            value = self._value(quantity, cells)
            if value is not None:
                fields[quantity.name] = value
        return Row((station, time), label, fields, message | fields) if fields else None

    def _station(self, cells: Cells) -> str:
        key = self._description.key
        return key.value or _tag(" ".join(key.columns), _joined(cells, key.columns))

    def _place(self, cells: Cells) -> dict[str, float]:
        """Latitude and longitude; nothing if one of them is missing."""
        description, found = self._description, {}
        limits = {LATITUDE: (description.latitude, 90), LONGITUDE: (description.longitude, 180)}
        for name, (column, limit) in limits.items():
            if column not in cells or cells[column] in description.missing:
                return {}
            found[name] = self._number(column, cells[column])
            if abs(found[name]) > limit:
                raise ValueError(f"{column}={cells[column]} is not between -{limit} and {limit} degrees")
        return found

    def _value(self, quantity: Quantity, cells: Cells) -> float | None:
        """The number of a quantity; None if it is missing or not good."""
        text = cells.get(quantity.column, "")
        if not text or text in quantity.missing:
            return None
        value = self._number(quantity.column, text)
        if quantity.quality and cells.get(quantity.quality, "") not in quantity.good:
            self._counts["doubtful"] += 1
            return None
        return value


def number(name: str, text: str, decimal: str) -> float:
    """The number that a text is. Raise ValueError, with the reason, if it is none, or not finite."""
    written = text.replace(decimal, ".") if decimal != "." else text
    if not _NUMBER.fullmatch(written) or (decimal != "." and "." in text):
        raise ValueError(f"{name}={text[:40]!r} is not a number with decimal sign {decimal!r}")
    found = float(written)
    if abs(found) == float("inf"):
        raise ValueError(f"{name}={text[:40]!r} is too large")
    return found


def utc_text(text: str, time: TimeColumns) -> str:
    """The time of a row in UTC as `2026-01-31T12:00:00.000Z`. Raise ValueError, with the reason, if it is no time.

    A local time must exist, and only once: when clocks are changed, one hour is skipped and another one occurs twice.
    """
    try:
        moment = _moment(text, time)
    except (ValueError, OverflowError):
        raise ValueError(f"{' '.join(time.columns)}={text[:40]!r} is not a time of the format {time.format}") from None
    if moment.tzinfo is None:
        moment = _local(moment, text, time)
    moment = moment.astimezone(UTC)
    if not is_storable(moment):
        raise ValueError(f"{' '.join(time.columns)}={text[:40]!r} is {OUTSIDE_TIME}")
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(text: str, time: TimeColumns) -> datetime:
    if time.format == ISO:
        return datetime.fromisoformat(text)
    if time.format in (UNIX, UNIX_MS):
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        return _EPOCH + timedelta(**{"seconds" if time.format == UNIX else "milliseconds": float(text)})
    return datetime.strptime(text, time.format)


def _local(moment: datetime, text: str, time: TimeColumns) -> datetime:
    first, second = (moment.replace(tzinfo=time.zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        back = first.astimezone(UTC).astimezone(time.zone).replace(tzinfo=None)
        when = "occurs twice" if back == moment else "does not exist"
        raise ValueError(f"{text[:40]!r} {when} in {time.zone}: clocks are changed; use UTC or times with their offset")
    return first


def _joined(cells: Cells, columns: Columns) -> str:
    """The texts of columns, joined by a space. Raise ValueError if one is empty."""
    for name in columns:
        if name not in cells:
            raise ValueError(f"{name} is empty")
    return " ".join(cells[name] for name in columns)


def _tag(name: str, text: str) -> str:
    if problem := tag_problem(text):
        raise ValueError(f"{name}={text[:40]!r} {problem}" if text else f"{name} is empty")
    return text
