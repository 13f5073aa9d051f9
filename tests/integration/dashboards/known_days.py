"""Made-up statistics and predictions of January 2014, for the tests of what is made of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pandas as pd

from weather.daily import FORECAST, OBSERVED_FIELDS, PREDICTED_FIELDS, STATISTICS, STATISTICS_FIELDS, TEMPERATURES

STATIONS = ("DINARD", "AURAY", "QUIMPER", "ILE DE GROIX")
DAYS = pd.date_range("2014-01-02", "2014-01-31", tz="UTC")
PLACES = {"DINARD": (48.6, -2.1), "AURAY": (47.7, -3.0), "QUIMPER": (48.0, -4.2), "ILE DE GROIX": (47.6, -3.5)}
LEARNED = 5
"""The first days, from which the model had learned."""
MODELS = ("20140101T000000Z", "20140120T120000Z")


def forecasts() -> pd.DataFrame:
    """A row for each station and day; the last day has not come yet. One station measures no extremes."""
    source = random.Random(7)
    rows = []
    for station in STATIONS:
        yesterday = 0.0
        for number, day in enumerate(DAYS):
            chance = source.random()
            row = {
                "station": station, "time": day, "probability": chance, "predicted": float(chance >= 0.5),
                "model": MODELS[number >= 18], "unseen": float(number >= LEARNED), "yesterday": yesterday,
            }  # fmt: skip
            yesterday = float(source.random() < 0.3 + 0.5 * chance)
            row |= {f"expected_{name}": source.uniform(0, 10) for name in TEMPERATURES}
            if number < len(DAYS) - 1:
                row |= {"observed": yesterday} | {f"observed_{name}": source.uniform(0, 10) for name in TEMPERATURES}
            if station == "AURAY":
                for name in ("expected_minimum", "observed_minimum", "expected_maximum", "observed_maximum"):
                    row.pop(name, None)
            rows.append(row)
    return pd.DataFrame(rows)


def statistics() -> pd.DataFrame:
    """A row for each station and day, as the statistics were on that day."""
    source = random.Random(8)
    start = pd.Timestamp("2014-01-01", tz="UTC").timestamp() * 1000
    rows = [
        {
            "station": station, "time": day, "start": start, "measurements": float(number + 1),
            "avg": source.uniform(5, 10), "min": source.uniform(0, 4), "max": source.uniform(11, 15),
            "rainy_share": source.random(), "LAT": PLACES[station][0], "LON": PLACES[station][1],
        }
        for station in STATIONS for number, day in enumerate(DAYS)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def lines() -> Iterator[str]:
    """Both as line protocol."""
    yield from _lines(FORECAST, (*PREDICTED_FIELDS, *OBSERVED_FIELDS), forecasts())
    yield from _lines(STATISTICS, STATISTICS_FIELDS, statistics())


def _lines(measurement: str, fields: tuple[str, ...], rows: pd.DataFrame) -> Iterator[str]:
    for row in rows.to_dict("records"):
        given = {name: row[name] for name in fields if row[name] == row[name]}
        values = ",".join(f'{name}="{v}"' if isinstance(v, str) else f"{name}={v!r}" for name, v in given.items())
        station = re.sub(r"([ ,=])", r"\\\1", str(row["station"]))
        yield f"{measurement},station={station},station_id={station} {values} {row['time'].timestamp():.0f}"
