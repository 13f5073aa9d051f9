"""`python -m consumers.plot [month | station]`: draws the averages in the partition files as a bar chart (SVG).

Any partition file may be missing. Each is read as a whole, even if its program replaces it at the same time.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from consumers.exactly_once import checkpoint
from consumers.files.statistics import Statistics
from consumers.kafka.reports import MONTHS, RESERVED
from weather import files, settings
from weather.errors import StackError


def month_bars(documents: list[dict[str, Any]]) -> pd.Series[float]:
    """Month, such as "January-2023" → average of its daily maxima, for its most recent year, in calendar order."""
    found = {month: years for document in documents for month, years in _groups(document)}
    return _series(
        {
            f"{month}-{year}": Statistics.parse(found[month][year])
            for month in MONTHS
            if month in found
            for year in [max(found[month], key=int)]
        }
    )


def station_bars(documents: list[dict[str, Any]]) -> pd.Series[float]:
    """Station → average of all its days, in alphabetical order."""
    found = {station: value for document in documents for station, value in _groups(document)}
    return _series({station: Statistics.parse(found[station]) for station in sorted(found)})


@dataclass(frozen=True)
class Chart:
    """A chart: the program whose files it shows, the function that computes its bars, and the label of its axis."""

    program: str
    bars: Callable[[list[dict[str, Any]]], pd.Series[float]]
    axis: str


CHARTS = {
    "month": Chart("month_stats", month_bars, "average of daily maxima (°F)"),
    "station": Chart("station_stats", station_bars, "average temperature (°F)"),
}


def documents(folder: Path) -> list[dict[str, Any]]:
    """The contents of a folder's partition files. Raise SetupError if one is damaged."""
    loaded = (checkpoint.load(path) for path in sorted(folder.glob("partition-*.json")))
    return [document for document in loaded if document is not None]


def draw(bars: pd.Series[float], axis: str) -> bytes:
    """The bar chart as SVG."""
    figure = Figure(layout="tight")
    axes = figure.subplots()
    axes.bar(list(bars.index), list(bars))
    axes.set_ylabel(axis)
    axes.tick_params("x", rotation=90)
    written = io.BytesIO()
    with rc_context({"svg.fonttype": "none"}):  # text as text, not as outlines
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


def main(arguments: list[str]) -> int:
    """Write `month.svg` or `station.svg` beside the partition files. Return 1 if one of these is damaged."""
    parser = argparse.ArgumentParser(prog="python -m consumers.plot", description="Draw averages as a bar chart.")
    parser.add_argument("chart", nargs="?", choices=sorted(CHARTS), default="month", help="default: %(default)s")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the files; default: CONSUMERS_DIR/…_stats")
    given = parser.parse_args(arguments)
    chart = CHARTS[given.chart]
    try:
        folder = given.out or settings.Consumers.load(settings.Variables()).folder / chart.program
        folder.mkdir(parents=True, exist_ok=True)
        picture = folder / f"{given.chart}.svg"
        files.replace(picture, draw(chart.bars(documents(folder)), chart.axis), durable=True)
    except (StackError, ValueError) as error:
        print(f"consumers.plot: {error}", file=sys.stderr)
        return 1
    print(picture)
    return 0


def _groups(document: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in document.items() if name not in RESERVED]


def _series(statistics: dict[str, Statistics]) -> pd.Series[float]:
    return pd.Series({name: found.sum / found.count for name, found in statistics.items()}, dtype=float)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
