"""Simulated sources: the same rows at every start, so that a stored position stays valid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Generic, TypeVar

import orjson

from datastream.message import Message
from datastream.sources.simulated.single_place import PlaceDay, days
from datastream.sources.simulated.stations import StationDay, all_stations
from weather.settings import sources

Row = TypeVar("Row")

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class Generated(Generic[Row]):
    """A source of the rows that `make` yields; `describe` turns each row into a message."""

    def __init__(
        self,
        name: str,
        make: Callable[[], Iterator[Row]],
        describe: Callable[[Row], Message],
        total: int | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.following = None
        self.name = self.fingerprint = self.earlier_fingerprint = name
        self.total = total
        self._make = make
        self._describe = describe

    def refresh(self) -> None:
        """Simulated data does not change."""

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Message]:
        for number, row in enumerate(islice(self._make(), self.total)):
            if cancelled():
                return
            if number >= skip:
                yield self._describe(row)

    def end_marker(self) -> None:
        """None: every row is complete, and no row waits for a later one."""

    def close(self) -> None:
        """Nothing to close."""


def stations(options: sources.Stations) -> Generated[StationDay]:
    """The simulated stations, keyed by station."""
    return Generated(
        f"{options.count} simulated stations, seed {options.seed}",
        lambda: all_stations(options.count, options.seed),
        station_message,
        total=options.count * options.days or None,
    )


def place(options: sources.Place) -> Generated[PlaceDay]:
    """The single place, keyed by the name of the month."""
    return Generated(f"one place, seed {options.seed}", lambda: days(options.seed), place_message)


def station_message(row: StationDay) -> Message:
    """A station's day. `raining` is 0 or 1, because model training needs numbers."""
    fields = row._asdict() | {"raining": int(row.raining)}
    return Message(row.station.encode(), row.date, orjson.dumps(fields))


def place_message(row: PlaceDay) -> Message:
    """A day of the place, keyed by the name of its month."""
    month = MONTHS[int(row.date[5:7]) - 1]
    return Message(month.encode(), row.date, orjson.dumps({"month": month, **row._asdict()}))
