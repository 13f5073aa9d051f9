"""The official addresses of a station's 5-minute files: `<base>/<year>/CRNS0101-05-<year>-<station>.txt`.

Source: NOAA/NCEI, "U.S. Climate Reference Network, sub-hourly product" (subhourly01).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weather.settings.locations import Location


def files(stations: Sequence[str], since: int, year: int, base: str) -> Iterator[Location]:
    """The files of the stations for the years `since` to `year`. Until a year's file exists, that before it counts."""

    def address(station: str, of: int) -> str:
        return f"{base.rstrip('/')}/{of}/CRNS0101-05-{of}-{station}.txt"

    for station in stations:
        yield Location(addresses=(address(station, year), address(station, year - 1)))
        for earlier in range(year - 1, since - 1, -1):
            yield Location(addresses=(address(station, earlier),), optional=True)
