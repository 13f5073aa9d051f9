"""Small 5-minute files with all that is difficult about them: clean ones for pandas, and with bad rows to stream."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from testing.environment import ROOT

SAMPLE = ROOT / "data" / "uscrn" / "sample"
TEMPERATURE = 8
AUSTIN, BRONTE, SPOKANE = "23907", "3072", "4136"
BAD_ROWS = (
    ("22 columns instead of 23", lambda row: row.rsplit(None, 1)[0].encode()),
    ("46 columns instead of 23: two rows in one line", lambda row: f"{row} {row}".encode()),
    ("45 columns instead of 23: two rows in one line", lambda row: f"{row}{row}".encode()),
    ("is not a number with a decimal point", lambda row: row.replace(" C ", " C ").replace("30.62", "3x.62").encode()),
    ("control characters in the row", lambda row: row.encode() + b"\x00"),
    ("not ASCII text", lambda row: row.encode() + " é".encode()),
    ("is not a valid time", lambda row: row.replace("20180102", "20180132").encode()),
)  # fmt: skip
"""Part of the reason → a bad row made of a good one of Austin's."""


@dataclass(frozen=True)
class Files:
    """The same names in two folders."""

    clean: list[Path]
    dirty: list[Path]


def write(folder: Path, days: int, shuffled_by: int = 0, seed: int = 1) -> Files:
    """The first days of the sample, made more difficult; rows shuffled by less than so many minutes."""
    dice = random.Random(seed)
    clean: list[Path] = []
    dirty: list[Path] = []
    for file in sorted(SAMPLE.iterdir()):
        rows = gzip.decompress(file.read_bytes()).decode().splitlines()[: days * 288]
        made = [changed for row in rows if (changed := difficult(row.split()))]
        made = shuffled(made, shuffled_by, dice)
        for name, where in (("clean", clean), ("dirty", dirty)):
            where.append(folder / name / file.name.removesuffix(".gz"))
            where[-1].parent.mkdir(exist_ok=True)
        clean[-1].write_text("\n".join(made) + "\n")
        dirty[-1].write_bytes(b"\n".join(with_bad_rows(made)))
    return Files(clean, dirty)


def difficult(cells: list[str]) -> str:
    """The row with what happens to it; "" where it is missing."""
    station, date, time, hour = cells[0], cells[3], cells[4], cells[4][:2]
    if date != "20180102":
        return " ".join(cells)
    changes: dict[tuple[str, str], Callable[[], str]] = {
        (AUSTIN, "05"): lambda: "-9999.0",  # an hour of outliers only
        (BRONTE, "06"): lambda: "",  # an hour without a row
        (SPOKANE, "07"): lambda: cells[TEMPERATURE] if time > "0740" else "",  # an hour of three readings
        (AUSTIN, "08"): lambda: "33.3" if time == "0815" else cells[TEMPERATURE],  # as hot ...
        (BRONTE, "08"): lambda: "33.3" if time == "0845" else cells[TEMPERATURE],  # ... as another one
        (SPOKANE, "09"): lambda: "99.9" if time == "0905" else "-60.0" if time == "0910" else cells[TEMPERATURE],
    }
    stuck = station == BRONTE and "10" <= hour < "19"
    temperature = "7.7" if stuck else changes.get((station, hour), lambda: cells[TEMPERATURE])()
    return " ".join([*cells[:TEMPERATURE], temperature, *cells[TEMPERATURE + 1 :]]) if temperature else ""


def shuffled(rows: list[str], by: int, dice: random.Random) -> list[str]:
    """Rows that come up to `by` minutes after younger ones, some of them twice; the last one stays."""
    times = [datetime.strptime("".join(row.split()[1:3]), "%Y%m%d%H%M").timestamp() / 60 for row in rows]
    moved = sorted(range(len(rows) - 1), key=lambda at: times[at] + dice.uniform(0, by) * bool(by))
    order = [at for at in moved for _ in range(2 if by and dice.random() < 0.02 else 1)]
    return [rows[at] for at in [*order, len(rows) - 1]]


def with_bad_rows(rows: list[str]) -> Iterator[bytes]:
    """The rows, of Austin with one of each kind of bad rows and a row with runs of spaces; no newline at the end."""
    for number, row in enumerate(rows):
        if row.startswith(AUSTIN) and 400 <= number < 400 + len(BAD_ROWS):
            yield BAD_ROWS[number - 400][1](row)
        yield (row.replace(" ", " " * 200, 8) if number == 500 else row).encode()
