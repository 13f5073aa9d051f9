"""The official addresses of a department's hourly files.

Names: H_<department>_latest-<Y-1>-<Y> holds the current and the last year, H_<department>_previous-2020-<Y-2> the years
before, H_<department>_2010-2019 a decade. In January the names shift; until the new file exists, the old one counts.
Source: meteo.data.gouv.fr, "Données climatologiques de base - horaires".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weather.settings.locations import Location

FIRST_OF_PREVIOUS = 2020


def files(departments: Sequence[str], since: int, year: int, base: str) -> Iterator[Location]:
    """The files of the departments with the years `since` to `year`, the newest first. Older ones may be missing."""
    for department in departments:
        start = f"{base.rstrip('/')}/H_{department}_"
        yield Location(addresses=tuple(f"{start}latest-{last - 1}-{last}.csv.gz" for last in (year, year - 1)))
        if since < year - 1:
            names = (f"{start}previous-{FIRST_OF_PREVIOUS}-{last}.csv.gz" for last in (year - 2, year - 3))
            yield Location(addresses=tuple(names), optional=True)
        for first in range(FIRST_OF_PREVIOUS - 10, since // 10 * 10 - 1, -10):
            yield Location(addresses=(f"{start}{first}-{first + 9}.csv.gz",), optional=True)
