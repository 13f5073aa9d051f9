"""The description of a table of your own: what the columns of CSV or NDJSON files mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from weather.reading import REPLACES

CSV, NDJSON = "csv", "ndjson"
WHITESPACE = "whitespace"
"""The delimiter of columns that any number of spaces and tabs separates."""

ISO, UNIX, UNIX_MS = "iso", "unix", "unix_ms"
"""Time formats beside those of `strptime`: ISO 8601, and seconds or milliseconds since 1970."""

STATION, STATION_ID, TIME = "station", "station_id", "time"
LATITUDE, LONGITUDE = "LAT", "LON"
"""Keys of a message: what identifies a row (`station_id`) and its label, its time, and its place."""
RESERVED = (STATION, STATION_ID, TIME, LATITUDE, LONGITUDE, REPLACES)

Columns = tuple[str, ...]


@dataclass(frozen=True)
class Quantity:
    """A column of numbers: the field that it becomes, its unit, and which of its cells are no measurement.

    With a column `quality`, a number counts only if that column has one of the texts `good`.
    """

    column: str
    name: str
    title: str
    unit: str
    missing: frozenset[str]
    quality: str
    good: frozenset[str]


@dataclass(frozen=True)
class Time:
    """The columns of a row's time, joined by a space, their format, and the zone of a time that names none."""

    columns: Columns
    format: str
    zone: tzinfo


@dataclass(frozen=True)
class Key:
    """What identifies a row together with its time: columns joined by a space, or the same text for all rows.

    `label` is the column of its name for people; "" if the key itself is shown.
    """

    columns: Columns
    value: str
    label: str


@dataclass(frozen=True)
class Description:
    """A described table. `columns` is empty if the first line of a CSV file names them.

    `missing` are texts that mean no value, in every column.
    """

    file: Path
    title: str
    measurement: str
    topic: str
    format: str
    delimiter: str
    decimal: str
    encoding: str
    skip: int
    columns: Columns
    missing: frozenset[str]
    time: Time
    key: Key
    latitude: str
    longitude: str
    tags: dict[str, str] = field(hash=False)
    quantities: tuple[Quantity, ...] = ()

    @property
    def has_places(self) -> bool:
        """Whether rows have coordinates."""
        return bool(self.latitude)

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields of the quantities."""
        return tuple(each.name for each in self.quantities)

    @property
    def used_columns(self) -> tuple[str, ...]:
        """Every column that a row must have."""
        places = (self.latitude, self.longitude) if self.has_places else ()
        of_quantities = [name for each in self.quantities for name in (each.column, each.quality)]
        named = [*self.time.columns, *self.key.columns, self.key.label, *places, *self.tags.values(), *of_quantities]
        return tuple(dict.fromkeys(name for name in named if name))
