"""Points to delete: ranges of hours of stations, as they are passed from `mapInArrow` to the ForeachWriter."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from spark_influxdb.write_api import WriteApi
from weather.reading import DAILY_MEASUREMENT, DAILY_STATE, MEASUREMENT, STATION_ID, TAGS

DAY_SECONDS = 86_400
STATION_TAG = next(tag for tag, source in TAGS.items() if source == STATION_ID)


@dataclass(frozen=True)
class Deletion:
    """The readings of a station from the hour `first` to the hour `last`, in seconds since 1970."""

    station: str
    first: int
    last: int

    def run(self, api: WriteApi) -> None:
        """Delete the points, whatever the station was called, and what was computed from them: InfluxDB's tasks compute
        the days of these hours again.
        """
        api.delete({"_measurement": MEASUREMENT, STATION_TAG: self.station}, self.first, self.last)
        days = self.first - self.first % DAY_SECONDS, self.last - self.last % DAY_SECONDS
        api.delete({"_measurement": DAILY_MEASUREMENT, STATION_TAG: self.station}, *days)
        api.delete({"_measurement": DAILY_STATE}, *days)


def encoded(deletions: list[Deletion]) -> bytes:
    """Deletions as bytes, for a row of Spark."""
    return orjson.dumps([(each.station, each.first, each.last) for each in deletions])


def decoded(text: bytes) -> list[Deletion]:
    """The deletions of `encoded`."""
    return [Deletion(*each) for each in orjson.loads(text)]
