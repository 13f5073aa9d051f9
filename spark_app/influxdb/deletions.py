"""Points to delete: ranges of times of stations, as they are passed from `mapInArrow` to the ForeachWriter."""

from __future__ import annotations

import json
from dataclasses import dataclass

from spark_app.influxdb.layout import Layout
from spark_influxdb.write_api import WriteApi

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Deletion:
    """The readings of a station from `first` to `last`, in units of the layout's precision since 1970."""

    station: str
    first: int
    last: int

    def run(self, api: WriteApi, layout: Layout) -> None:
        """Delete the points, whatever the station was called, and what was computed from them: InfluxDB's tasks compute
        the days of these readings again.
        """
        station = {layout.station: self.station}
        api.delete({"_measurement": layout.measurement} | station, self.first, self.last)
        if layout.days:
            day = DAY_SECONDS * layout.units_per_second
            days = self.first - self.first % day, self.last - self.last % day
            of_stations, state = layout.days
            api.delete({"_measurement": of_stations} | station, *days)
            api.delete({"_measurement": state}, *days)


def encoded(deletions: list[Deletion]) -> bytes:
    """Deletions as bytes, for a row of Spark."""
    return json.dumps([(each.station, each.first, each.last) for each in deletions]).encode()


def decoded(text: bytes) -> list[Deletion]:
    """The deletions of `encoded`."""
    return [Deletion(*each) for each in json.loads(text)]
