"""How the messages of a topic are read, and which points they become: hourly readings, and tables of your own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from spark_influxdb import Points
from spark_influxdb.points import PRECISIONS
from weather.description import model as described
from weather.description.model import Description
from weather.reading import DAILY_MEASUREMENT, DAILY_STATE, FIELDS, HOUR, MEASURED, MEASUREMENT, TAGS, parse_hour

INSTANT = "instant"
"""The column of the time of a reading, in units of the layout's precision since 1970."""


@dataclass(frozen=True)
class Layout:
    """`tags` and `fields` name the key of a message for each tag, a text, and for each field, a number.

    The tags of `required` must be there, and one of the fields `measured`. The tag `station` and the time identify a
    reading. `instant` makes a time's text a number in units of `precision`, or raises ValueError.
    """

    measurement: str
    tags: dict[str, str]
    required: tuple[str, ...]
    station: str
    fields: dict[str, str]
    measured: tuple[str, ...]
    time: str
    time_form: str
    instant: Callable[[str], int]
    precision: str
    follows: int
    """Units from one reading of a station to the next. Deletions of readings that follow each other are merged."""
    days: tuple[str, ...] = ()
    """Measurements of days that InfluxDB computes from the readings: the station's, and one without a station."""

    @property
    def units_per_second(self) -> int:
        return PRECISIONS[self.precision]

    @property
    def points(self) -> Points:
        """The points, from columns with the names of the tags and fields, and INSTANT."""
        return Points(
            self.measurement, tags=tuple(self.tags), fields=tuple(self.fields), time=INSTANT, precision=self.precision
        )


@lru_cache(maxsize=100_000)
def hour_seconds(hour: str) -> int:
    """Seconds since 1970 of an hour's text. Raise ValueError if it is none."""
    return int(parse_hour(hour).timestamp())


def iso_milliseconds(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 time with its offset. Raise ValueError if it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return round(moment.timestamp() * 1000)


METEO = Layout(
    measurement=MEASUREMENT,
    tags=TAGS,
    required=("station_id", "station"),
    station="station_id",
    fields={field.name: field.source for field in FIELDS},
    measured=tuple(field.name for field in MEASURED),
    time=HOUR,
    time_form="an hour written as YYYYMMDDHH",
    instant=hour_seconds,
    precision="s",
    follows=3600,
    days=(DAILY_MEASUREMENT, DAILY_STATE),
)


def of_description(description: Description) -> Layout:
    """The layout of a described table. Its messages have the names of the store."""
    places = (described.LATITUDE, described.LONGITUDE) if description.has_places else ()
    names = (described.STATION_ID, described.STATION)
    return Layout(
        measurement=description.measurement,
        tags={name: name for name in (*names, *description.tags)},
        required=names,
        station=described.STATION_ID,
        fields={name: name for name in (*places, *description.field_names)},
        measured=description.field_names,
        time=described.TIME,
        time_form="a time in UTC such as 2026-01-31T12:00:00.000Z",
        instant=iso_milliseconds,
        precision="ms",
        follows=0,
    )
