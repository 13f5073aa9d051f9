"""Makes the constructed 5-minute sample: `python data/uscrn/make_sample.py`. The same seed is the same files.

NOAA's sub-hourly files are not shipped. These have their format, and weather that one real year of the hourly product
of Austin underlies: its hourly means are joined by lines, and noise is added. The stations have the same weather,
shifted by days and degrees. What makes real files difficult is put in on purpose, and listed in data/README.md.
"""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
REAL = FOLDER / "CRNH0203-2018-TX_Austin_33_NW.txt.gz"
SEED = 23907
START, DAYS = datetime(2018, 1, 1), 90
STEP = timedelta(minutes=5)

Cells = list[str]


@dataclass(frozen=True)
class Station:
    """A station of the sample: its hours from UTC, and how its weather differs from Austin's of that day."""

    number: int
    name: str
    longitude: float
    latitude: float
    utc_offset: int
    warmer: float
    days_later: int


STATIONS = (
    Station(23907, "TX_Austin_33_NW", -98.08, 30.62, -6, 0.0, 1),
    Station(3072, "TX_Bronte_11_NNE", -100.25, 32.04, -6, -0.8, 2),
    Station(4136, "WA_Spokane_17_SSW", -117.53, 47.42, -8, -1.5, 5),
)


def main() -> None:
    """Write a file for each station."""
    real = hourly_values()
    for station in STATIONS:
        file = FOLDER / "sample" / f"CRNS0101-05-2018-{station.name}.constructed.txt.gz"
        file.parent.mkdir(exist_ok=True)
        text = "\n".join(lines(station, real))  # the last line has no end, as in real files
        file.write_bytes(gzip.compress(text.encode(), mtime=0))


def hourly_values() -> dict[datetime, tuple[float, float, float, float]]:
    """UTC hour → air temperature, rain, solar radiation and humidity of Austin; hours that miss one are left out."""
    values = {}
    for line in gzip.decompress(REAL.read_bytes()).decode().splitlines()[1:]:
        cells = line.split()
        found = tuple(float(cells[at]) for at in (9, 12, 13, 26))
        if min(found) > -99:
            values[datetime.strptime(cells[1] + cells[2], "%Y%m%d%H%M")] = found
    return values  # type: ignore[return-value]


def lines(station: Station, real: dict[datetime, tuple[float, float, float, float]]) -> list[str]:
    """The rows of a station, with their difficulties."""
    dice = random.Random(SEED + station.number)
    faults = Faults(dice)
    rows = []
    for number in range(1, DAYS * 288 + 1):
        moment = START + number * STEP
        values = between(real, moment + timedelta(days=station.days_later))
        cells = faults.applied(number, row(station, moment, values, dice))
        if cells is not None:
            rows.append(written(cells))
    rows[4000] = rows[4000].replace(" 0 ", " 0" + " " * 1600, 1)  # seen in real files
    return rows


def between(
    real: dict[datetime, tuple[float, float, float, float]], moment: datetime
) -> tuple[float, float, float, float]:
    """The values of a moment on the line between the two known hours around it."""
    before = moment.replace(minute=0)
    while before not in real:
        before -= timedelta(hours=1)
    after = moment.replace(minute=0) + timedelta(hours=1)
    while after not in real:
        after += timedelta(hours=1)
    share = (moment - before) / (after - before)
    pairs = zip(real[before], real[after], strict=True)
    temperature, rain, sun, humidity = (one + (other - one) * share for one, other in pairs)
    return temperature, rain, sun, humidity


def row(station: Station, moment: datetime, values: tuple[float, float, float, float], dice: random.Random) -> Cells:
    """The 23 cells of a row without a fault."""
    temperature, rain, sun, humidity = values
    local = moment + timedelta(hours=station.utc_offset)
    degrees = temperature + station.warmer + dice.gauss(0, 0.12)
    return [
        str(station.number), f"{moment:%Y%m%d}", f"{moment:%H%M}", f"{local:%Y%m%d}", f"{local:%H%M}", "2.423",
        f"{station.longitude:.2f}", f"{station.latitude:.2f}", f"{degrees:.1f}", f"{rain / 12:.1f}", f"{sun:.0f}", "0",
        f"{degrees + sun / 100 - 0.5:.1f}", "C", "0", f"{min(100, humidity):.0f}", "0", "-99.000", "-9999.0", "990",
        "0", f"{abs(dice.gauss(1.2, 0.6)):.2f}", "0",
    ]  # fmt: skip


class Faults:
    """What goes wrong at a station, at row numbers that its dice chose."""

    def __init__(self, dice: random.Random) -> None:
        rows = DAYS * 288
        self._dice = dice
        self._missing = {at + n for at in dice.sample(range(rows), 12) for n in range(dice.randint(1, 4))}
        self._off = span(dice, 40, rows)
        self._gaps = {at for _ in range(4) for at in span(dice, dice.choice((7, 20, 60)), rows)}
        self._burst = span(dice, 10, rows)
        self._spikes = set(dice.sample(range(1000, rows), 5))
        self._stuck = span(dice, 120, rows)
        self._stuck_at = ""

    def applied(self, number: int, cells: Cells) -> Cells | None:
        """The cells as they were written down; None where the row never came."""
        if number in self._gaps:
            return None
        if number in self._off:  # the logger was off: nothing but times and place
            cells[5], cells[8:] = "-9.000", list(ALL_MISSING)
        elif number in self._missing:
            cells[8] = "-9999.0"
        elif number in self._burst:
            cells[8] = self._dice.choice(("85.0", "-75.3", "99.9", "-131.1"))
        elif number in self._spikes:
            cells[8] = f"{float(cells[8]) + self._dice.choice((-14.0, 16.0)):.1f}"
        elif number in self._stuck:
            cells[8] = self._stuck_at = self._stuck_at or cells[8]
        return cells


ALL_MISSING = (
    "-9999.0", "-9999.0", "-99999", "0", "-9999.0", "U", "0", "-9999", "0", "-99.000", "-9999.0", "-9999", "0",
    "-99.00", "0",
)  # fmt: skip
"""The cells of the measurements while a logger is off."""


def span(dice: random.Random, length: int, rows: int) -> set[int]:
    """So many rows in a row, somewhere after the first days."""
    first = dice.randrange(1000, rows - length)
    return set(range(first, first + length))


WIDTHS = (5, 8, 4, 8, 4, 6, 7, 7, 7, 7, 6, 1, 7, 1, 1, 5, 1, 7, 7, 5, 1, 6, 1)
"""Of the columns, as NOAA writes them."""


def written(cells: Cells) -> str:
    """A line of the file: right-aligned columns."""
    return " ".join(cell.rjust(width) for cell, width in zip(cells, WIDTHS, strict=True))


if __name__ == "__main__":
    main()
