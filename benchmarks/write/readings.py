"""The readings that the benchmarks stream, as Kafka messages and as ready-made lines: the same points in both.

Readings are numbered from 0. Each number is a distinct point (a station at an hour), hour by hour as the streamer sends
them. Any program can generate any range of numbers, so that several programs agree on the readings without a file.
"""

from __future__ import annotations

import gzip
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import orjson

from datastream.sources.meteofrance.hourly_row import parse_header, parse_row
from weather.reading import (
    FIELDS,
    HOUR,
    HOUR_FORMAT,
    MEASURED,
    MEASUREMENT,
    PLACE,
    STATION_ID,
    STATION_NAME,
    TAGS,
    parse_hour,
)  # fmt: skip

KINDS = ("all-fields", "realistic")
SHIPPED = Path(__file__).resolve().parents[2] / "data" / "meteofrance" / "H_molene_201401.csv.gz"
BEGINNING = datetime(1980, 1, 1, tzinfo=UTC)
VARIETY = 4093
"""Different sets of values in all-fields readings; a prime, so that each station gets them all."""
NAMES = {field.source: field.name for field in FIELDS}
IN_EVERY_READING = PLACE[0].name
"""A field of every reading, which is counted to get the number of points."""

Message = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Half:
    """The part of a message and of a line that a station, or its weather, contributes; the hour is separate."""

    json: bytes
    line: str


class Readings:
    """Readings composed of stations and sets of values. `where` maps a number to both, and an hour since BEGINNING."""

    def __init__(
        self, stations: Sequence[Message], measured: Sequence[Message], where: Callable[[int], tuple[int, int, int]]
    ) -> None:
        self._keys = [str(station[STATION_ID]).encode() for station in stations]
        self._stations = [_station(message) for message in stations]
        self._measured = [_measured(message) for message in measured]
        self._where = where

    def message(self, number: int) -> tuple[bytes, bytes]:
        """Key and value of its Kafka message."""
        station, measured, hour = self._where(number)
        value = b"%b%b%b" % (self._stations[station].json, _hour(hour)[0], self._measured[measured].json)
        return self._keys[station], value

    def line(self, number: int) -> str:
        """Its line of line protocol, with whole seconds."""
        station, measured, hour = self._where(number)
        return f"{self._stations[station].line},{self._measured[measured].line} {_hour(hour)[1]}"

    def place(self, number: int) -> tuple[str, int]:
        """The number of its station and its time in seconds, which identify its point."""
        station, _, hour = self._where(number)
        return self._keys[station].decode(), _hour(hour)[1]


def make(kind: str, stations: int) -> Readings:
    """Readings of a kind. `stations` is for all-fields ones; realistic ones have the stations of the shipped file."""
    return all_fields(stations) if kind == "all-fields" else realistic()


def all_fields(stations: int) -> Readings:
    """Readings in which every field is present."""
    chance = random.Random(6)
    places = [_some_station(number, chance) for number in range(stations)]
    measured = [_some_weather(chance) for _ in range(VARIETY)]
    return Readings(places, measured, lambda number: (number % stations, number % VARIETY, number // stations))


def realistic() -> Readings:
    """The shipped month as the streamer sends it, repeated, each time a month later."""
    lines = gzip.decompress(SHIPPED.read_bytes()).splitlines()
    layout = parse_header(lines[0], SHIPPED)
    parsed = (parse_row(line, layout, Counter()) for line in lines[1:])
    rows = sorted((row for row in parsed if row is not None), key=lambda row: str(row[HOUR]))
    hours = [int((parse_hour(str(row[HOUR])) - BEGINNING) / timedelta(hours=1)) for row in rows]
    span = hours[-1] - hours[0] + 1

    def where(number: int) -> tuple[int, int, int]:
        copy, row = divmod(number, len(rows))
        return row, row, hours[row] + copy * span

    return Readings(rows, rows, where)


def _some_station(number: int, chance: random.Random) -> Message:
    return {
        STATION_ID: f"{22000000 + number}",
        STATION_NAME: f"STATION-{number:05d}",
        "LAT": round(chance.uniform(42, 51), 6),
        "LON": round(chance.uniform(-5, 8), 6),
    }


def _some_weather(chance: random.Random) -> Message:
    warmth = chance.uniform(-5, 30)
    return {
        "T": round(warmth, 1),
        "TN": round(warmth - chance.random(), 1),
        "TX": round(warmth + chance.random(), 1),
        "RR1": round(chance.uniform(0, 9), 1),
        "DRR1": chance.randrange(60),
        "FF": round(chance.uniform(0, 25), 1),
        "DD": chance.randrange(10, 370, 10),
        "UN": chance.randrange(20, 90),
        "UX": chance.randrange(50, 100),
        "PSTAT": round(chance.uniform(960, 1040), 1),
        "VV": chance.randrange(1000, 30000, 10),
    }


def _station(message: Message) -> Half:
    columns = {name: message[name] for name in (STATION_ID, STATION_NAME, *(field.source for field in PLACE))}
    tags = "".join(f",{tag}={_escaped(str(message[source]))}" for tag, source in sorted(TAGS.items()))
    json = orjson.dumps(columns)[:-1] + b',"%b":"' % HOUR.encode()
    return Half(json, f"{MEASUREMENT}{tags} {_fields(columns)}")


def _measured(message: Message) -> Half:
    columns = {field.source: message[field.source] for field in MEASURED if field.source in message}
    return Half(b'",' + orjson.dumps(columns)[1:], _fields(columns))


def _fields(columns: Message) -> str:
    return ",".join(f"{NAMES[name]}={float(value)!r}" for name, value in columns.items() if name in NAMES)


def _escaped(text: str) -> str:
    return re.sub(r"([,= ])", r"\\\1", text)


@lru_cache(maxsize=65536)
def _hour(number: int) -> tuple[bytes, int]:
    """An hour since BEGINNING as text, and in seconds since 1970."""
    time = BEGINNING + timedelta(hours=number)
    return time.strftime(HOUR_FORMAT).encode(), int(time.timestamp())
